import { text } from 'node:stream/consumers';
import {
  activityReport,
  archiveRecords,
  connectWorkspaces,
  getAuditTrail,
  logAuditEvent,
  makeKeys,
  migrateRecords,
  noted,
  openKeys,
  recordMigrations,
  restoreMonth,
  trackTable,
  upkeep,
  type AuditEventPayload,
} from '../audit-log/records/index.ts';
import { DrydockError, exitCodes, messageOf } from '../ops/errors.ts';
import { attack } from './records-attack.ts';
import { eraseActions } from './records-erase.ts';
import { exportRecords, verifier } from './records-export.ts';
import {
  coldPlace,
  columns,
  flag,
  folders,
  onDatabase,
  onRecord,
  print,
  required,
  usage,
  uuid,
  word,
} from './records-place.ts';
import { wholeNumber } from './whole-number.ts';
import type { Action, Call } from './records-place.ts';
import { seal, verify } from './records-seal.ts';
import { activityText, archiveText, healthText, trailText } from './render/records.ts';
import { oneLined } from '../ops/visible.ts';

/** What `drydock records` does, by name. Each prints one object, as JSON or in words. */
export const recordActions: Readonly<Record<string, Action>> = {
  migrate,
  keys,
  track,
  connect,
  log,
  show,
  partitions,
  archive,
  restore,
  seal,
  verify,
  export: exportRecords,
  verifier,
  erase,
  report,
  upkeep: keepUp,
  attack,
};

async function migrate(call: Call): Promise<number> {
  if (call.options['dryRun']) {
    for (const { path, text: sql } of await recordMigrations()) call.io.out(`-- ${path}\n${sql}\n`);
    return exitCodes.go;
  }
  const done = await onDatabase(call, migrateRecords);
  print(call, done, () => {
    const files = done.applied.length > 0 ? `applied ${done.applied.length} files` : 'nothing to apply';
    return `The audit record: ${files}. Partitions and archive are scheduled by ${done.scheduler}.`;
  });
  return exitCodes.go;
}

async function keys(call: Call): Promise<number> {
  const { keys: folder } = folders(call);
  const { name, masterName } = makeKeys(folder);
  print(call, { folder, name, masterName }, () =>
    [
      `Made the keys in ${folder}: seals are signed by ${name}, persons' keys are under ${masterName}.`,
      'Keep a copy of the folder where no backup of the database goes; without master.key personal data cannot be read.',
    ].join('\n'),
  );
  return exitCodes.go;
}

/** Which columns are personal is asked for, never assumed. */
async function track(call: Call): Promise<number> {
  const table = word(call, 0, 'The table');
  const order = {
    table,
    workspace: flag(call, 'workspace'),
    subject: flag(call, 'subject'),
    personal: columns(required(call, 'personal')),
    ignored: columns(flag(call, 'ignore')),
  };
  await onRecord(call, (session) => trackTable(session, order));
  print(call, order, () => {
    const kept = order.personal.length > 0 ? `; ${order.personal.join(', ')} under each person's key` : '';
    return `Every change of ${table} is recorded from now on${kept}.`;
  });
  return exitCodes.go;
}

async function connect(call: Call): Promise<number> {
  const tables = {
    workspaces: required(call, 'workspaces'),
    users: required(call, 'users'),
    members: required(call, 'members'),
    serviceAccounts: flag(call, 'serviceAccounts'),
  };
  await onRecord(call, (session) => connectWorkspaces(session, tables));
  print(call, tables, () => `Workspaces and members are recorded, and actors are compared with ${tables.members}.`);
  return exitCodes.go;
}

/** One event as JSON on standard input, in the words of `logAuditEvent`. */
async function log(call: Call): Promise<number> {
  const payload = payloadOf(await text(process.stdin));
  const id = await onRecord(call, (session) => logAuditEvent(session, payload));
  print(call, { id }, () => id);
  return exitCodes.go;
}

function payloadOf(given: string): AuditEventPayload {
  try {
    const payload = JSON.parse(given) as unknown;
    if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return payload as AuditEventPayload;
  } catch (error) {
    throw new DrydockError('USAGE_RECORDS', `Standard input is not JSON: ${messageOf(error)}.`, {
      hint: 'Send one event as JSON, in the words of `logAuditEvent`.',
      cause: error,
    });
  }
  throw usage('Standard input is not an event.');
}

/** Personal data is opened where the keys are. */
async function show(call: Call): Promise<number> {
  const workspace = uuid(word(call, 0, 'The workspace'), 'The workspace');
  const held = flag(call, 'keys') === undefined ? undefined : openKeys(folders(call).keys);
  const trail = await onRecord(call, (session) =>
    getAuditTrail(session, workspace, {
      daysBack: wholeNumber(call.options, 'days'),
      limit: wholeNumber(call.options, 'limit'),
      keys: held,
    }),
  );
  print(call, trail, () => trailText(oneLined(trail)));
  return exitCodes.go;
}

async function partitions(call: Call): Promise<number> {
  const { rows } = await onRecord(call, (session) =>
    session.query<{ parent: string; partition_name: string; bytes: number; live_rows: number }>(
      'select parent, partition_name, month, bytes, live_rows, dead_rows from audit.vw_audit_growth order by parent, month',
    ),
  );
  print(call, rows, () =>
    rows
      .map(({ partition_name: name, bytes, live_rows: live }) => {
        return `${name.padEnd(34)}${String(live).padStart(12)} rows ${String(Math.round(bytes / 1024)).padStart(10)} kB`;
      })
      .join('\n'),
  );
  return exitCodes.go;
}

async function archive(call: Call): Promise<number> {
  const order = { ...coldPlace(call), dryRun: call.options['dryRun'] === true };
  const done = await onRecord(call, (session) =>
    order.dryRun ? archiveRecords(session, order) : noted(session, 'archive', () => archiveRecords(session, order)),
  );
  print(call, done, () => archiveText(done));
  return exitCodes.go;
}

async function restore(call: Call): Promise<number> {
  const [month, schema] = [word(call, 0, 'The month (YYYY-MM)'), word(call, 1, 'The schema')];
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw usage(`"${month}" is not a month: write it as YYYY-MM.`);
  const done = await onRecord(call, (session) =>
    restoreMonth(session, { month: `${month}-01`, schema, endpoint: coldPlace(call).endpoint }),
  );
  print(call, done, () => `${done.records} records of ${month} are in ${done.table}, to be looked at.`);
  return exitCodes.go;
}

async function erase(call: Call): Promise<number> {
  const what = word(call, 0, 'request, approve, execute, certificate or list');
  const action = eraseActions[what];
  if (!action) throw usage(`"erase ${what}" is not one of request, approve, execute, certificate and list.`);
  return action({ ...call, words: call.words.slice(1) });
}

async function report(call: Call): Promise<number> {
  const found = await onRecord(call, (session) => activityReport(session, wholeNumber(call.options, 'days')));
  print(call, found, () => activityText(oneLined(found)));
  return exitCodes.go;
}

/** `no-go` when something is not well, whether or not a hook was told. */
async function keepUp(call: Call): Promise<number> {
  const { io } = call;
  const hook = { webhook: io.env['AUDIT_ALARM_URL'], command: io.env['AUDIT_ALARM_COMMAND'] };
  const done = await onRecord(call, (session) => upkeep(session, hook));
  print(call, done, () => healthText(done));
  return done.health.every(({ healthy }) => healthy) ? exitCodes.go : exitCodes['no-go'];
}
