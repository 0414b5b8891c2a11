import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { archiveRecords, logAuditEvent } from '../../../audit-log/records/index.ts';
import { test } from '../../support/record-test.ts';
import {
  anEvent,
  monthsAgo,
  partitionOf,
  otherWorkspace,
  pastRecords,
  type RecordDatabase,
  kinds,
  sealedRecords,
  tamper,
  workspace,
} from '../../support/records.ts';

describe('a record that nobody touched', () => {
  test('verifies, and every record was compared', async ({ database }) => {
    await sealedRecords(database);
    expect(await database.verify()).toMatchObject({
      verdict: 'go',
      records: 31, // and the one that the migration tracks its policies
      unsealed: 0,
      checkpoints: 3,
      problems: [],
    });
  });

  test('is unproven before anything was sealed', async ({ database }) => {
    expect(await database.verify()).toMatchObject({ verdict: 'unproven', records: 0 });
  });
});

describe('what a superuser does is named to the row:', () => {
  const deeds: [name: string, index: number, kind: string, deed: string, said?: string][] = [
    ['a deletion at the start', 0, 'deleted', 'delete from audit.audit_events where id = $1', 'the start'],
    ['an edit', 2, 'edited', `update audit.audit_events set new_values = '{"n": 99}' where id = $1`],
    [
      'another actor',
      3,
      'edited',
      'update audit.audit_events set created_by_user_id = gen_random_uuid() where id = $1',
    ],
    [
      'a forged time',
      5,
      'time',
      `update audit.audit_events set created_at = created_at - interval '1 minute' where id = $1`,
    ],
    [
      'a swap into another workspace',
      6,
      'workspace',
      `update audit.audit_events set workspace_id = '${otherWorkspace}' where id = $1`,
    ],
    ['a deletion in the middle', 7, 'deleted', 'delete from audit.audit_events where id = $1', 'the middle'],
    [
      'a reorder',
      9,
      'reordered',
      `update audit.audit_events set transaction_id = (transaction_id::text::bigint - 5)::text::xid8 where id = $1`,
    ],
    ['a deletion at the end', 14, 'deleted', 'delete from audit.audit_events where id = $1', 'the end'],
  ];

  test('every one of many deeds at once', async ({ database }) => {
    const { session, ids } = await sealedRecords(database);
    for (const [, index, , deed] of deeds) await tamper(session, deed, [ids[index]]);
    const { verdict, problems } = await database.verify();
    expect(verdict).toBe('no-go');
    expect(problems).toHaveLength(deeds.length);
    for (const [name, index, kind, , said = ''] of deeds) {
      const problem = problems.find(({ record }) => record === ids[index]);
      expect(problem, name).toMatchObject({ kind, workspace, position: index + 1 });
      expect(problem!.message).toContain(said);
    }
  });

  test('a record forged into what was sealed', async ({ database }) => {
    const { session, ids } = await sealedRecords(database);
    await tamper(
      session,
      `insert into audit.audit_events (id, created_at, transaction_id, created_by_user_id, action_type, resource_type, resource_id, workspace_id)
       select '99999999-9999-4999-8999-999999999999', created_at, transaction_id, created_by_user_id, 'FORGED', resource_type, resource_id, workspace_id
       from audit.audit_events where id = $1`,
      [ids[3]],
    );
    expect((await database.verify()).problems).toMatchObject([
      { kind: 'added', record: '99999999-9999-4999-8999-999999999999' },
    ]);
  });

  test('two records that changed places', async ({ database }) => {
    const { session, ids } = await sealedRecords(database);
    await tamper(
      session,
      `update audit.audit_events as event set id = case when event.id = $1 then $2::uuid else $1::uuid end where event.id in ($1, $2)`,
      [ids[2], ids[12]],
    );
    const { problems } = await database.verify();
    expect(problems.map(({ record }) => record).sort()).toEqual([ids[2], ids[12]].sort());
  });

  test('a dropped partition, with every record that was in it', async ({ database }) => {
    const session = await database.superuser();
    await pastRecords(session, monthsAgo(2), 7);
    await database.seal();
    await session.query(`drop table audit.${partitionOf(monthsAgo(2))}`);
    const report = await database.verify();
    expect(kinds(report)).toEqual(['partition', 'deleted']);
    expect(report.problems[0]!.message).toContain('7 sealed records');
    expect(report.problems.filter(({ kind }) => kind === 'deleted')).toHaveLength(7);
  });

  test('personal data that went without an erasure', async ({ database }) => {
    const session = await database.superuser();
    const id = await logAuditEvent(session, anEvent({ newValues: { email: 'a@b.example' } }));
    await database.seal();
    await tamper(session, 'delete from audit.audit_personal where record_id = $1', [id]);
    expect((await database.verify()).problems).toMatchObject([{ kind: 'personal', record: id }]);
  });

  test('an older state of the database that was put back', async ({ database, server }) => {
    const { session } = await sealedRecords(database);
    await session.query('select 1');
    const name = `${database.admin.database}_old`;
    await using maintenance = await server.connect('postgres');
    await logAuditEvent(session, anEvent());
    await maintenance.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      database.admin.database,
    ]);
    await maintenance.query(`create database ${name} template ${database.admin.database} strategy file_copy`);
    // the original goes on, is sealed, and then the copy takes its place
    await using again = await server.connect(database.admin.database);
    const lost = await logAuditEvent(again, anEvent());
    await database.seal();
    await again[Symbol.asyncDispose]();
    await maintenance.query(`drop database ${database.admin.database} with (force)`);
    await maintenance.query(`alter database ${name} rename to ${database.admin.database}`);
    const { problems } = await database.verify();
    expect(problems).toMatchObject([{ kind: 'deleted', record: lost }]);
    expect(problems[0]!.message).toContain('the end');
  });
});

describe('a cold file', () => {
  /** @returns the file that the month was moved to */
  async function frozenMonth(database: RecordDatabase): Promise<string> {
    const session = await database.superuser();
    await pastRecords(session, monthsAgo(14), 20);
    await database.seal();
    const { frozen } = await archiveRecords(session, { coldFolder: database.cold, dryRun: false });
    return frozen[0]!.file;
  }

  test('verifies in the place of the partition that it was made of', async ({ database }) => {
    await frozenMonth(database);
    expect(await database.verify()).toMatchObject({ verdict: 'go', records: 21, problems: [] });
  });

  test('that was edited is named, and its records with it', async ({ database }) => {
    const file = await frozenMonth(database);
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(file, bytes);
    expect(kinds(await database.verify())).toEqual(expect.arrayContaining([expect.stringMatching(/^file-/)]));
  });

  test('that is gone is named, and its records with it', async ({ database }) => {
    const file = await frozenMonth(database);
    cpSync(file, `${file}.elsewhere`);
    rmSync(file);
    const report = await database.verify();
    expect(kinds(report)).toEqual(['file-lost', 'deleted']);
    expect(report.problems).toHaveLength(21);
  });
});
