import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  archiveRecords,
  exportLines,
  logAuditEvent,
  verifierSource,
  type OfflineReport,
} from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { DuckDb } from '../../../audit-log/duckdb.ts';
import {
  anEvent,
  monthsAgo,
  otherWorkspace,
  pastRecords,
  RecordDatabase,
  tamper,
  workspace,
} from '../../support/records.ts';
import { Staging } from '../../support/staging.ts';

let server: Staging;
let database: RecordDatabase;
let session: Session;
/** Ids of the workspace's records in the order of their positions. */
let ids: string[];
let coldFile: string;
/** An export from before the last seal. */
let older: string;
let auditor: string;
beforeAll(async () => {
  server = await Staging.start();
  database = await RecordDatabase.make(server);
  session = await database.superuser();
  auditor = join(database.folder.path, 'auditor');
  mkdirSync(auditor);
  const entry = `const [seals, publicKey, records, anchor] = process.argv.slice(2);
    console.log(JSON.stringify(await verifyOffline({ seals, publicKey, records, anchor })));`;
  writeFileSync(join(auditor, 'verify.mjs'), await verifierSource(entry));
  await pastRecords(session, monthsAgo(14), 6, { of: otherWorkspace });
  await pastRecords(session, monthsAgo(2), 7, { of: otherWorkspace });
  ids = [];
  for (let n = 0; n < 12; n += 1) {
    const text = `ünï "${n}"\n`;
    ids.push(await logAuditEvent(session, anEvent({ newValues: { text }, clear: ['*'], tags: ['a b', 'c'] })));
    if (n % 4 === 3) await database.seal();
    if (n === 7) older = await exported();
  }
  const { frozen } = await archiveRecords(session, { coldFolder: database.cold, dryRun: false });
  coldFile = frozen[0]!.file;
  await database.seal();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Writes what the record holds now to a file of the auditor's. */
async function exported(since = '2000-01-01T00:00:00Z'): Promise<string> {
  const path = join(auditor, `${crypto.randomUUID()}.jsonl`);
  writeFileSync(path, '');
  for await (const line of exportLines(session, { since, until: '2100-01-01T00:00:00Z' }))
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  return path;
}

/** Runs the verifier as an auditor does: plain Node, no package, another folder. */
async function verified(records: string, { seals = database.seals, anchor = '' } = {}): Promise<OfflineReport> {
  const key = join(database.folder.path, 'keys/seal.pub');
  const args = ['verify.mjs', seals, key, records, ...(anchor ? [anchor] : [])];
  return JSON.parse((await promisify(execFile)(process.execPath, args, { cwd: auditor })).stdout) as OfflineReport;
}

/** An export from after a superuser did this, who then put all of it back. */
async function exportedAfter(deed: string, values?: unknown[]): Promise<string> {
  return session.rolledBack(async () => {
    await tamper(session, deed, values);
    return exported();
  });
}

describe('the offline verifier, one file for plain Node,', () => {
  test('proves an export of everything, months in files included', async () => {
    const report = await verified(await exported());
    expect(report).toMatchObject({ checkpoints: 4, unsealed: 0, problems: [] });
    expect(report.compared).toBe(report.sealed);
    expect(report.sealed).toBe(6 + 7 + 12 + 2); // and the migration's own record, and that of the freezing
  });

  test('proves an export of some days, and takes what came since for unsealed, not for forged', async () => {
    await session.rolledBack(async () => {
      await logAuditEvent(session, anEvent());
      const since = new Date(Date.now() - 86_400_000).toISOString();
      expect(await verified(await exported(since))).toMatchObject({ compared: 14, unsealed: 1, problems: [] });
    });
  });

  const place = (position: number) => ({ workspace, position });
  const deeds: [name: string, index: number, kind: string, deed: string, said: string][] = [
    ['an edit', 2, 'edited', `update audit.audit_events set new_values = '{"n": 99}' where id = $1`, 'content'],
    [
      'a reorder',
      9,
      'reordered',
      `update audit.audit_events set transaction_id = (transaction_id::text::bigint - 3)::text::xid8 where id = $1`,
      'written by transaction',
    ],
    ['a deletion at the start', 0, 'deleted', 'delete from audit.audit_events where id = $1', 'the start'],
    ['a deletion in the middle', 5, 'deleted', 'delete from audit.audit_events where id = $1', 'the middle'],
    ['a deletion at the end', 11, 'deleted', 'delete from audit.audit_events where id = $1', 'the end'],
    [
      'a swap between workspaces',
      6,
      'workspace',
      `update audit.audit_events set workspace_id = '${otherWorkspace}' where id = $1`,
      `workspace ${otherWorkspace} now`,
    ],
    [
      'a forged time',
      3,
      'time',
      `update audit.audit_events set created_at = created_at - interval '1 minute' where id = $1`,
      'was written at',
    ],
    [
      "a superuser's update of who acted",
      4,
      'edited',
      'update audit.audit_events set created_by_user_id = gen_random_uuid() where id = $1',
      'content',
    ],
  ];
  test.each(deeds)('names %s, to the row', async (_name, index, kind, deed, said) => {
    const { problems } = await verified(await exportedAfter(deed, [ids[index]]));
    expect(problems).toMatchObject([{ kind, record: ids[index], ...place(index + 1) }]);
    expect(problems[0]!.message).toContain(said);
  });

  test('names a record that was forged in', async () => {
    const forged = crypto.randomUUID();
    const deed = `insert into audit.audit_events (id, created_at, transaction_id, created_by_user_id, action_type, resource_type, resource_id, workspace_id)
      select '${forged}', created_at, transaction_id, created_by_user_id, 'FORGED', resource_type, resource_id, workspace_id
      from audit.audit_events where id = $1`;
    expect((await verified(await exportedAfter(deed, [ids[3]]))).problems).toMatchObject([
      { kind: 'added', record: forged },
    ]);
  });

  test('names a dropped partition, and every record that was in it', async () => {
    const month = monthsAgo(2).slice(0, 7);
    const dropped = await session.rolledBack(async () => {
      await session.query(`drop table audit.audit_events_${month.replace('-', '_')}`);
      return exported();
    });
    const { problems } = await verified(dropped);
    expect(problems[0]!.message).toBe(`None of the 7 sealed records of ${month} is there: their partition is gone.`);
    expect(problems.slice(1).map(({ kind }) => kind)).toEqual(Array(7).fill('deleted'));
    expect(new Set(problems.slice(1).map(({ record }) => record)).size).toBe(7);
  });

  test('names an older state that was restored, and what is gone with it', async () => {
    const { problems } = await verified(older);
    expect(problems[0]).toMatchObject({ kind: 'restored' });
    expect(problems.filter(({ workspace: of }) => of === workspace).map(({ record }) => record)).toEqual(ids.slice(8));
  });

  test('names an edited archive file: the row that was edited, or the month when nothing can be read', async () => {
    const original = readFileSync(coldFile);
    await editParquet(coldFile, `new_values = '{"n": 99}'`, `new_values like '%: 4}'`);
    const edited = await verified(await exported());
    expect(edited.problems).toMatchObject([{ kind: 'edited', workspace: otherWorkspace, position: 4 }]);
    writeFileSync(coldFile, original.subarray(0, original.length - 9));
    const { problems } = await verified(await exported());
    writeFileSync(coldFile, original);
    expect(problems.map(({ kind }) => kind)).toEqual(['file-lost', 'partition', ...Array(6).fill('deleted')]);
    expect(problems[0]!.message).toContain(coldFile);
  });

  describe('names what was done to the seals:', () => {
    /** A copy of the seals, with their lines changed. */
    function changedSeals(change: (lines: string[]) => string[]): string {
      const folder = join(auditor, crypto.randomUUID());
      cpSync(database.seals, folder, { recursive: true });
      const path = join(folder, `${new Date().toISOString().slice(0, 10)}.checkpoints.jsonl`);
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      writeFileSync(
        path,
        change(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
      return folder;
    }

    async function anchored(): Promise<string> {
      const anchor = join(auditor, 'anchor.json');
      writeFileSync(anchor, JSON.stringify((await database.verify()).head));
      return anchor;
    }

    test('a truncated tail, and the records that nothing proves any more', async () => {
      const seals = changedSeals((lines) => lines.slice(0, 2));
      const { problems, unsealed } = await verified(await exported(), { seals, anchor: await anchored() });
      expect(problems).toMatchObject([{ kind: 'truncated', checkpoint: 4 }]);
      expect(unsealed).toBe(5);
    });

    test('a replaced checkpoint', async () => {
      const seals = changedSeals(([a, b, c, d]) => [a!, b!.replace(/"at":"2/, '"at":"3'), c!, d!]);
      const { problems } = await verified(await exported(), { seals, anchor: await anchored() });
      expect(problems).toMatchObject([
        { kind: 'signature', checkpoint: 2 },
        { kind: 'chain', checkpoint: 3 },
      ]);
    });

    test('a line that was overwritten', async () => {
      const seals = changedSeals(([a, , c, d]) => [a!, 'null', c!, d!]);
      const kinds = (await verified(await exported(), { seals })).problems.map(({ kind }) => kind);
      expect(kinds.slice(0, 2)).toEqual(['unreadable', 'chain']);
    });
  });

  describe('names what was done to the export:', () => {
    const changed = async (change: (lines: string[]) => string[]) => {
      const path = await exported();
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      writeFileSync(
        path,
        change(lines)
          .map((line) => `${line}\n`)
          .join(''),
      );
      return (await verified(path)).problems;
    };

    test('it was cut', async () => {
      const problems = await changed((lines) => lines.slice(0, -2));
      expect(problems.map(({ kind }) => kind)).toEqual(['export', 'deleted']);
    });

    test('a line of it was overwritten', async () => {
      const problems = await changed(([head, , ...rest]) => [head!, '{"id": 7}', ...rest]);
      expect(problems.map(({ message }) => message)).toContain(
        'The file of records has no record in line 2: it was overwritten.',
      );
      expect(problems.map(({ kind }) => kind)).toContain('deleted');
    });

    test('a record of it is there twice', async () => {
      const problems = await changed(([head, first, ...rest]) => [head!, first!, first!, ...rest]);
      expect(problems.map(({ kind }) => kind)).toEqual(['export', 'added']);
    });

    test('it is none', async () => {
      expect(await changed(() => ['{}'])).toMatchObject([{ kind: 'export' }]);
    });
  });
});

/** Rewrites a Parquet file with some of its rows changed. */
async function editParquet(path: string, set: string, where: string): Promise<void> {
  await using duck = await DuckDb.open({ folders: [dirname(path)] });
  await duck.run(`create table line as select * from read_parquet(['${path}'])`);
  await duck.run(`update line set ${set} where ${where}`);
  await duck.run(`copy line to '${path}' (format parquet, compression zstd)`);
}
