import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { openEventStore, type HashKey } from '../audit-log/events/index.ts';
import { parseDuration } from '../ops/config/index.ts';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import { variablesOf } from '../ops/postgres/index.ts';
import { handOver, lifeOfLease, noteHandOver, serverTime, type Lease } from '../stage/leases/index.ts';
import { storeForLeases } from '../stage/lease-steps.ts';
import { refusalOf, refuseClient, serveMcp, type McpParts, type QueryLimits } from '../stage/mcp/index.ts';
import type { Report } from '../stage/report.ts';
import { writeStepReports } from '../stage/reports/index.ts';
import type { RunObserver } from '../stage/run-order.ts';
import { runSteps } from '../stage/run.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { openLeaseDesk } from './lease-desk.ts';
import { lenderOf } from './lender.ts';
import { recordSteps } from './own-events.ts';
import { attackText } from './render/hand-over.ts';
import { onCurrentStaging } from './staging.ts';
import { eventPlaceOf, storeOrderOf } from './tool-events.ts';
import { wholeNumber } from './whole-number.ts';
import { openProject, openWorkplace, placeOf, settingsOf } from './workplace.ts';
import packageJson from '../package.json' with { type: 'json' };

/** Lends the staging to whoever speaks MCP on these streams, until they are gone. */
export async function serveAgent(io: Io, options: Options, input: Readable, output: Writable): Promise<number> {
  await using open = new AsyncDisposableStack();
  let parts: McpParts;
  try {
    parts = await partsOf(io, options, open);
  } catch (error) {
    await refuseClient(input, output, io.redactor.redactAll(refusalOf(error)));
    throw error;
  }
  const { lease, agent } = parts;
  io.err(`${lease.role} is lent to ${agent} until ${lease.expiresAt.toISOString()}, on ${lease.database}.\n`);
  const why = await serveMcp(parts, { input, output, signal: io.signal });
  return why === 'signal' ? exitCodes.cancelled : exitCodes.go;
}

/** The lease comes last: whatever fails before it leaves none behind. */
async function partsOf(io: Io, options: Options, open: AsyncDisposableStack): Promise<McpParts> {
  const project = await openProject(io, options);
  const limits = limitsOf(options);
  const hashKey = hashKeyOf(io);
  const events = open.use(await openEventStore(storeOrderOf(io, await eventPlaceOf(io, options))));
  const agent = textOf(options, 'agent') ?? io.env['DRYDOCK_AGENT'] ?? 'an agent';
  const lease = await lend(io, options, agent);
  return {
    project,
    version: packageJson.version,
    agent,
    user: settingsOf(io.env).actor,
    lease,
    lender: lenderOf(io, options),
    limits,
    doStep: (name, signal) =>
      doStep({ ...io, signal, env: { ...io.env, ...variablesOf(lease.target) } }, options, name),
    events,
    hashKey,
    evidence: join(placeOf(project, io.env).trail, 'evidence'),
    redactor: io.redactor,
    note: (text) => io.err(`${text}\n`),
    now: io.now,
  };
}

/** A hand-over like any other, but that its login is shown to nobody. */
async function lend(io: Io, options: Options, agent: string): Promise<Lease> {
  await using desk = await openLeaseDesk(io, options);
  const { project, session, actor } = desk;
  const { config } = project;
  const database = textOf(options, 'database') ?? config.database;
  await storeForLeases(session, project, database);
  const result = await handOver(session, {
    project,
    profile: textOf(options, 'role') ?? config.lease.profile,
    database,
    ...lifeOfLease(config, textOf(options, 'ttl'), desk.leftMs),
    by: actor,
    lentTo: agent,
    now: await serverTime(session),
    attack: options['attack'] === true,
  });
  await noteHandOver(desk.place, result);
  if (result.attack) io.err(attackText(result.attack));
  if (!result.lease) throw wayOut(result.attack!.findings.length);
  io.redactor.add(result.lease.target.password);
  return result.lease;
}

/** With the variables of the lease, as an agent would do it in a shell; the ingest is dry, whatever the operator's say. */
async function doStep(io: Io, options: Options, name: string): Promise<Report> {
  const order = await onCurrentStaging(await openWorkplace(io, options), io.env);
  const settings = { ...order.settings, ingest: 'dry-run' } as const;
  const report = await runSteps({ ...order, settings, chosen: new Set([name]), observer: silent });
  await recordSteps(io, options, report);
  await writeStepReports(order.place.runs, report, order.project, io.redactor);
  return report;
}

/** Progress has nowhere to go: the answer is the report. */
const silent: RunObserver = { stepStarted() {}, progress() {}, stepFinished() {} };

const longestTimeout = '1h';
/** Of rows, and of bytes. */
const most = 10_000_000;

function limitsOf(options: Options): QueryLimits {
  const timeoutMs = parseDuration(String(options['timeout']));
  if (timeoutMs <= 0 || timeoutMs > parseDuration(longestTimeout)) {
    throw new DrydockError(
      'USAGE_TIMEOUT',
      `--timeout ${String(options['timeout'])} is no time that a statement may take.`,
      {
        hint: `Write one above 0 and up to ${longestTimeout}.`,
      },
    );
  }
  return { rows: wholeNumber(options, 'rows', most), bytes: wholeNumber(options, 'bytes', most), timeoutMs };
}

const shortestSecret = 32;

/** Without a key of the operator's, equal inputs show as equal within one connection only. */
function hashKeyOf({ env, redactor }: Io): HashKey {
  const given = env['AUDIT_HMAC_KEY'];
  if (!given) return { id: `once-${randomBytes(4).toString('hex')}`, secret: randomBytes(32).toString('hex') };
  const [, id, secret] = /^([A-Za-z0-9_-]{1,32}):(.+)$/s.exec(given) ?? [];
  if (!id || !secret || secret.length < shortestSecret) {
    throw new DrydockError('USAGE_HMAC_KEY', 'AUDIT_HMAC_KEY is not like ID:SECRET.', {
      hint: `Write an id of letters, digits, - and _, a colon, and a secret of ${shortestSecret} characters or more.`,
    });
  }
  redactor.add(secret);
  return { id, secret };
}

function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function wayOut(findings: number): DrydockError {
  return new DrydockError('MCP_WAY_OUT', `The attack found ${findings} ways out of a lease, so none was lent.`, {
    hint: 'Standard error and the trail name them. "drydock handoff" shows them again.',
  });
}
