import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { logAuditEvent, publisherOf, recordSession, Sealer } from '../../../audit-log/records/index.ts';
import { databaseIdentity } from '../../../audit-log/records/queries.ts';
import { SealFolder } from '../../../audit-log/records/seal-folder.ts';
import { test } from '../../support/record-test.ts';
import {
  anEvent,
  monthsAgo,
  pastRecords,
  RecordDatabase,
  kinds,
  sealedRecords,
  tamper,
  workspace,
} from '../../support/records.ts';

describe('the sealer', () => {
  test('seals what is committed only, and never what an open transaction could still precede', async ({ database }) => {
    const [open, other] = [await database.superuser(), await database.superuser()];
    await open.query('begin');
    await logAuditEvent(open, anEvent());
    await logAuditEvent(other, anEvent());
    expect((await database.seal()).records).toBe(1); // the migration's own
    await open.query('commit');
    expect((await database.seal()).records).toBe(2);
    expect(
      await other.row('select last_position from audit.audit_event_sequence where workspace_id = $1', [workspace]),
    ).toEqual({ last_position: 2 });
  });

  test('notes a record that stands under an earlier time than one sealed before', async ({ database }) => {
    const session = await database.superuser();
    await logAuditEvent(session, anEvent());
    await database.seal();
    await pastRecords(session, monthsAgo(1), 1);
    await database.seal();
    expect((await session.query('select workspace_id from audit.audit_regression')).rows).toEqual([
      { workspace_id: workspace },
    ]);
  });

  test('says every hour that nothing happened', async ({ database }) => {
    expect((await database.seal()).checkpoints).toBe(1);
    expect((await database.seal()).checkpoints).toBe(0);
    expect((await database.seal(() => new Date(Date.now() + 3_600_000))).checkpoints).toBe(1);
    expect((await database.verify()).checkpoints).toBe(2);
  });

  test('is one on its folder, and of one database', async ({ database, server }) => {
    await database.seal();
    await using session = await recordSession(database.admin);
    using _sealer = await Sealer.open({ session, folder: database.seals, keys: database.keys, now: () => new Date() });
    await expect(database.seal()).rejects.toMatchObject({ code: 'RECORDS_SEALER_RUNNING' });
    await using second = await RecordDatabase.make(server);
    const folder = join(database.folder.path, 'copy');
    mkdirSync(folder);
    for (const name of readdirSync(database.seals).filter((file) => /jsonl|leaves/.test(file)))
      writeFileSync(join(folder, name), readFileSync(join(database.seals, name)));
    const elsewhere = await recordSession(second.admin);
    await expect(
      Sealer.open({ session: elsewhere, folder, keys: database.keys, now: () => new Date() }),
    ).rejects.toMatchObject({
      code: 'RECORDS_OTHER_DATABASE',
    });
    await elsewhere.close();
  });

  test('seals no older state of its own database: it was restored', async ({ database }) => {
    await database.seal();
    await using session = await recordSession(database.admin);
    const about = { horizon: '4000000000', database: await databaseIdentity(session), at: new Date() };
    SealFolder.open(database.seals).append(Buffer.alloc(0), about, database.keys);
    await expect(database.seal()).rejects.toMatchObject({
      code: 'RECORDS_OTHER_DATABASE',
      message: expect.stringContaining('up to transaction 4000000000'),
    });
  });

  test('publishes each checkpoint to git and to a folder, where an anchor is found again', async ({ database }) => {
    mkdirSync(database.seals);
    const git = (...args: string[]) => promisify(execFile)('git', ['-C', database.seals, ...args]);
    await git('init', '--quiet');
    await git('config', 'user.name', 'sealer');
    await git('config', 'user.email', 'sealer@records.example');
    const place = { seals: database.seals, cwd: database.folder.path, endpoint: undefined };
    const [toGit, toFolder] = [await publisherOf('git', place), await publisherOf('anchors', place)];
    await using session = await recordSession(database.admin);
    {
      const publish = async (...given: Parameters<NonNullable<typeof toGit>>) => {
        await toGit!(...given);
        await toFolder!(...given);
      };
      using sealer = await Sealer.open({
        session,
        folder: database.seals,
        keys: database.keys,
        now: () => new Date(),
        publish,
      });
      await sealer.pass();
    }
    const { head } = await database.verify();
    expect((await git('log', '--format=%s')).stdout).toBe(`Checkpoint 1: 1 records, sha256 ${head!.sha256}\n`);
    const anchor = JSON.parse(readFileSync(join(database.folder.path, 'anchors/checkpoint-0000000001.json'), 'utf8'));
    expect(anchor).toMatchObject({ number: 1, sha256: head!.sha256 });
    expect((await database.verify([anchor])).problems).toEqual([]);
  });
});

describe('what is done to the seals is named:', () => {
  const file = (database: RecordDatabase, suffix: string) =>
    join(database.seals, `${new Date().toISOString().slice(0, 10)}.${suffix}`);
  const rewrite = (path: string, change: (lines: string[]) => string[]) =>
    writeFileSync(
      path,
      change(readFileSync(path, 'utf8').split('\n').slice(0, -1))
        .map((line) => `${line}\n`)
        .join(''),
    );

  test('a checkpoint that was edited', async ({ database }) => {
    await sealedRecords(database);
    rewrite(file(database, 'checkpoints.jsonl'), ([a, b, c]) => [
      a!,
      b!.replace('"records":10', '"records":10,"x":1'),
      c!,
    ]);
    expect(kinds(await database.verify())).toEqual(['signature', 'chain']);
  });

  test('a checkpoint that was removed from the middle', async ({ database }) => {
    await sealedRecords(database);
    rewrite(file(database, 'checkpoints.jsonl'), ([a, , c]) => [a!, c!]);
    expect(kinds(await database.verify())).toContain('chain');
  });

  test('leaves that were edited', async ({ database }) => {
    await sealedRecords(database);
    const path = file(database, 'leaves');
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    expect((await database.verify()).problems[0]).toMatchObject({ kind: 'leaves', checkpoint: 1 });
  });

  test('a tail that was cut off, by the database itself and by an anchor kept elsewhere', async ({ database }) => {
    const { session } = await sealedRecords(database);
    const { head } = await database.verify();
    rewrite(file(database, 'checkpoints.jsonl'), (lines) => lines.slice(0, 2));
    expect(kinds(await database.verify())).toEqual(['truncated']);
    await session.query('delete from audit.audit_event_sequence'); // who can cut the files can do this too
    expect(kinds(await database.verify())).toEqual([]);
    expect(kinds(await database.verify([head!]))).toEqual(['truncated']);
  });

  test('a history that was sealed anew with the stolen key, by an anchor', async ({ database }) => {
    const { session, ids } = await sealedRecords(database);
    const { head } = await database.verify();
    await tamper(session, 'delete from audit.audit_events where id = $1', [ids[7]]);
    rmSync(database.seals, { recursive: true });
    for (let n = 0; n < 3; n += 1) {
      await logAuditEvent(session, anEvent());
      await database.seal();
    }
    expect(kinds(await database.verify())).toEqual([]);
    expect((await database.verify([head!])).problems).toMatchObject([{ kind: 'replaced', checkpoint: 3 }]);
  });

  test('a line that was not finished is none, and the next sealer goes on', async ({ database }) => {
    const { session } = await sealedRecords(database);
    appendFileSync(file(database, 'leaves'), 'torn');
    appendFileSync(file(database, 'checkpoints.jsonl'), '{"version":1,"number":4');
    await logAuditEvent(session, anEvent());
    await database.seal();
    expect(await database.verify()).toMatchObject({ verdict: 'go', checkpoints: 4, records: 32 });
  });
});
