import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attackAuditTable,
  logAuditEvent,
  noticedBySeals,
  recordSession,
  type Attempt,
} from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { anEvent, RecordDatabase } from '../../support/records.ts';
import { Staging } from '../../support/staging.ts';

let server: Staging;
beforeAll(async () => {
  server = await Staging.start();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A database with an audit of somebody else's; roles are of the server, so that each is made once and copied. */
async function foreign(name: 'record-version' | 'logged-actions'): Promise<Session> {
  const [original, copy] = [name.replace('-', '_'), `foreign_${crypto.randomUUID().slice(0, 8)}`];
  await using maintenance = await server.connect('postgres');
  if (!made.has(name)) {
    await maintenance.query(`create database ${original} template template0`);
    await using session = await server.connect(original);
    await session.script(await readFile(join(import.meta.dirname, `../../fixtures/audits/${name}.sql`), 'utf8'));
    made.add(name);
  }
  await maintenance.query(`create database ${copy} template ${original} strategy file_copy`);
  return recordSession(server.target(copy));
}

const made = new Set<string>();

/** `as: name` of every attempt with that outcome. */
function named(attempts: readonly Attempt[], wanted: Attempt['outcome']): string[] {
  return attempts.filter(({ outcome }) => outcome === wanted).map(({ as, name }) => `${as}: ${name}`);
}

describe('on our own record', () => {
  test('nothing is missed: each bypass is prevented, or noticed by the seals', async () => {
    await using database = await RecordDatabase.make(server);
    const session = await database.superuser();
    await logAuditEvent(session, anEvent());
    await database.seal();
    const detector = await noticedBySeals(session, database.seals, database.keys.publicKey);
    const attempts = await attackAuditTable({ session, table: 'audit.audit_events', detector });
    expect(attempts).toHaveLength(26);
    expect(named(attempts, 'missed')).toEqual([]);
    // every column is in a view, so that none can change its type
    expect(named(attempts, 'not applicable')).toEqual(['owner: write a column anew by changing its type']);
    expect(named(attempts, 'detected').filter((name) => name.startsWith('writer'))).toEqual([]);
    expect((await session.query('select from audit.audit_events')).rowCount).toBe(2); // all of it was taken back
  });

  test('without its seals, what is done to the triggers still shows in its health', async () => {
    await using database = await RecordDatabase.make(server);
    const session = await database.superuser();
    await session.script(`create function pg_temp.nothing() returns trigger language plpgsql as 'begin return null; end';
      create trigger record_kept_too before insert on audit.audit_events for each row execute function pg_temp.nothing()`);
    const { rows } = await session.query(`select item, detail from audit.vw_audit_health where not healthy`);
    expect(rows).toEqual([
      { item: 'rules and triggers', detail: expect.stringContaining('record_kept_too on audit.audit_events') },
    ]);
  });
});

describe('on an audit of another design', () => {
  test('that only lacks grants: whoever owns it does as he likes, and nothing says so', async () => {
    await using session = await foreign('record-version');
    const attempts = await attackAuditTable({ session, table: 'version.row_version' });
    expect(named(attempts, 'prevented')).toEqual([
      ...['writer: update', 'writer: delete', 'writer: truncate', 'writer: drop the table'],
      ...['writer: disable the triggers', 'writer: swallow records by a trigger'],
    ]);
    expect(named(attempts, 'detected')).toEqual([]);
    expect(named(attempts, 'missed')).toEqual([
      ...['owner: update', 'owner: delete', 'owner: truncate', 'owner: swallow records by a rule'],
      ...['owner: swallow records by a trigger', 'owner: write a column anew by changing its type'],
      ...['owner: grant to everybody, then delete', 'owner: disable the triggers, then delete'],
      'owner: put an empty table in its place',
      ...[
        'superuser: act as a replica',
        'superuser: truncate as a replica',
        'superuser: update with triggers disabled',
      ],
      ...['superuser: copy, empty and fill again', 'superuser: drop with cascade'],
    ]);
    expect((await session.query('select from version.row_version')).rowCount).toBe(4);
  });

  test('with immutable partitions and a log of what is done to it: each has its gap named', async () => {
    await using session = await foreign('logged-actions');
    const attempts = await attackAuditTable({ session, table: 'journal.logged_action', writer: 'journal_app' });
    expect(named(attempts, 'not applicable')).toEqual([]);
    expect(named(attempts, 'prevented')).toEqual([
      ...['writer: update', 'writer: delete', 'writer: truncate', 'writer: update a partition'],
      ...['writer: drop the table', 'writer: disable the triggers', 'writer: swallow records by a trigger'],
      ...['owner: update', 'owner: delete', 'owner: grant to everybody, then delete'],
    ]);
    expect(named(attempts, 'detected')).toEqual(['owner: truncate']);
    expect(named(attempts, 'missed')).toEqual(
      expect.arrayContaining([
        'writer: read a partition past row security',
        'owner: truncate a partition',
        'owner: detach a partition, then delete from it',
        'owner: replace the functions of the triggers, then delete',
        'owner: drop a partition',
        'superuser: act as a replica',
      ]),
    );
    expect(attempts.find(({ outcome }) => outcome === 'detected')!.detail).toContain(
      'journal.incident has 1 rows more',
    );
  });

  test('where row security hides every row from its owner: touching none of them is no bypass', async () => {
    await using session = await foreign('record-version');
    await session.script(`alter table version.row_version enable row level security;
      alter table version.row_version force row level security`);
    const attempts = await attackAuditTable({ session, table: 'version.row_version' });
    expect(attempts.find(({ as, name }) => as === 'owner' && name === 'delete')).toMatchObject({
      outcome: 'prevented',
      detail: expect.stringContaining('touched no row'),
    });
  });
});

describe('the attack refuses', () => {
  test.each([
    ['a table that is not there', 'nowhere.nothing', 'There is no table'],
    ['a view', 'pg_catalog.pg_roles', 'There is no table'],
    ['an empty table', 'public.nothing_in_it', 'is empty'],
  ])('%s', async (_what, table, said) => {
    await using session = await foreign('record-version');
    await session.query('create table public.nothing_in_it (a text)');
    const refused = { code: 'RECORDS_ATTACK', message: expect.stringContaining(said) };
    await expect(attackAuditTable({ session, table })).rejects.toMatchObject(refused);
  });

  test('a login that is no superuser, and a writer that is no role', async () => {
    await using session = await foreign('record-version');
    const order = { session, table: 'version.row_version' };
    await expect(attackAuditTable({ ...order, writer: 'nobody_at_all' })).rejects.toMatchObject({
      code: 'RECORDS_ATTACK',
      message: expect.stringContaining('nobody_at_all'),
    });
    await session.query('set role version_owner');
    await expect(attackAuditTable(order)).rejects.toMatchObject({ code: 'RECORDS_ATTACK' });
  });
});
