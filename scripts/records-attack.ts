import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  attackAuditTable,
  noticedBySeals,
  openPublicKey,
  recordSession,
  type Attempt,
} from '../audit-log/records/index.ts';
import { codeOf, DrydockError, exitCodes, messageOf } from '../ops/errors.ts';
import { identifier, Session, type Target } from '../ops/postgres/index.ts';
import { flag, folders, print, required, targetOf, type Call } from './records-place.ts';
import { attackText } from './render/records.ts';
import { oneLined, visible } from '../ops/visible.ts';

/** On a copy, made and dropped here unless `--scratch` says that the database is one. `no-go` when a bypass is missed. */
export async function attack(call: Call): Promise<number> {
  const [target, table] = [targetOf(call), required(call, 'table')];
  const attempts = call.options['scratch']
    ? await attackOn(call, target, table)
    : await onCopy(target, (copy) => attackOn(call, copy, table));
  print(call, attempts, () => attackText(visible(table), oneLined(attempts)));
  return attempts.some(({ outcome }) => outcome === 'missed') ? exitCodes['no-go'] : exitCodes.go;
}

async function attackOn(call: Call, target: Target, table: string): Promise<Attempt[]> {
  await using session = await recordSession(target, 'drydock records', call.io.signal);
  const detector = await detectorOf(call, session, table);
  return await attackAuditTable({ session, table, writer: flag(call, 'writer'), detector });
}

async function detectorOf(call: Call, session: Session, table: string) {
  const { keys, seals } = folders(call);
  if (table !== 'audit.audit_events' || !existsSync(seals)) return undefined;
  return noticedBySeals(session, seals, openPublicKey(keys));
}

async function onCopy<T>(target: Target, work: (copy: Target) => Promise<T>): Promise<T> {
  const database = `attack_${randomBytes(4).toString('hex')}`;
  await using maintenance = await Session.open(
    { ...target, database: 'postgres' },
    { applicationName: 'drydock records' },
  );
  try {
    await maintenance.query(
      `create database ${identifier(database)} template ${identifier(target.database)} strategy file_copy`,
    );
  } catch (error) {
    const why = codeOf(error) === '55006' ? 'somebody is connected to it' : messageOf(error);
    throw new DrydockError('RECORDS_ATTACK', `${target.database} cannot be copied: ${why}.`, {
      hint: 'Restore a backup of it into a scratch database, and attack that one with --scratch.',
      cause: error,
    });
  }
  try {
    return await work({ ...target, database });
  } finally {
    await maintenance.query(`drop database ${identifier(database)} with (force)`);
  }
}
