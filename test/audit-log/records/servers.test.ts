import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  archiveRecords,
  logAuditEvent,
  makeKeys,
  migrateRecords,
  recordSession,
  Sealer,
  trackTable,
  verifyRecords,
} from '../../../audit-log/records/index.ts';
import type { Session, Target } from '../../../ops/postgres/index.ts';
import { embeddedProvider, type Instance } from '../../../stage/providers/index.ts';
import { debianBinaries, skipNote, withoutDebian } from '../../support/debian.ts';
import { host, temporaryFolder, testHome, type TemporaryFolder } from '../../support/home.ts';
import { anEvent, monthsAgo, pastRecords } from '../../support/records.ts';

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('an owner of a database who is no superuser', () => {
  test('makes, keeps and proves the record on Postgres 16, and cannot change it', async () => {
    await using server = await Server.start();
    await liveThrough(server);
  });

  test.skipIf(withoutDebian)(`and on Postgres 15${skipNote}`, async () => {
    await using server = await Server.start(await debianBinaries(folder.path));
    await liveThrough(server);
  });
});

async function liveThrough(server: Server): Promise<void> {
  await using admin = await recordSession(server.target('postgres'));
  await admin.query(`create role dba login createrole password 'secret-secret'`);
  await admin.query('create database app owner dba');
  await using dba = await recordSession({ ...server.target('app'), user: 'dba', password: 'secret-secret' });
  expect((await migrateRecords(dba)).applied).toHaveLength(15);
  expect((await migrateRecords(dba)).applied).toEqual([]);

  await dba.query('create table account (id uuid primary key default gen_random_uuid(), email text)');
  await trackTable(dba, { table: 'account', personal: ['email'], ignored: [] });
  await dba.query(`insert into account (email) values ('a@b.example')`);
  await asRole(admin, server, 'record_writer', (session) => logAuditEvent(session, anEvent({ newValues: { a: 1 } })));
  await using superuser = await recordSession(server.target('app'));
  await pastRecords(superuser, monthsAgo(14), 10);

  const keys = makeKeys(join(folder.path, randomUUID()));
  const seals = join(folder.path, randomUUID());
  {
    using sealer = await Sealer.open({ session: dba, folder: seals, keys, now: () => new Date() });
    expect(await sealer.pass()).toMatchObject({ records: 14, personal: 2 });
  }
  const cold = join(folder.path, randomUUID());
  expect(await archiveRecords(dba, { coldFolder: cold, dryRun: false })).toMatchObject({
    archived: 10,
    frozen: [{ records: 10 }],
  });
  const order = { session: dba, folder: seals, publicKey: keys.publicKey, anchors: [] };
  expect(await verifyRecords(order)).toMatchObject({ verdict: 'go', records: 14, problems: [] });

  for (const deed of [
    'alter table audit.audit_events disable trigger all',
    'drop table audit.audit_events',
    'truncate audit.audit_events',
    'delete from audit.audit_events',
    `update audit.audit_events set action_type = 'x'`,
    'select audit.store_record(null, null, null)',
  ])
    await expect(dba.query(deed), deed).rejects.toMatchObject({ code: '42501' });
}

async function asRole<T>(
  admin: Session,
  server: Server,
  role: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const user = `${role}_login`;
  await admin.query(`create role ${user} login password 'secret-secret' in role ${role}`);
  await using session = await recordSession({ ...server.target('app'), user, password: 'secret-secret' });
  return await work(session);
}

/** A server of its own: roles are of the cluster, and these are made by nobody but the owner of the database. */
class Server implements AsyncDisposable {
  readonly #instance: Instance;

  private constructor(instance: Instance) {
    this.#instance = instance;
  }

  static async start(binaries?: { folder: string; version: string }): Promise<Server> {
    const provider = embeddedProvider(host, binaries && { binaries });
    return new Server(await provider.start({ runId: `records-${randomUUID()}`, admin: 'somebody', home: testHome }));
  }

  target(database: string): Target {
    const { host: address, port, admin, adminPassword } = this.#instance;
    return { host: address, port, user: admin, password: adminPassword, database };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#instance.stop();
  }
}
