import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { activityReport, logAuditEvent, upkeep } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { anEvent, monthsAgo, partitionOf, RecordDatabase } from '../../support/records.ts';
import { Staging } from '../../support/staging.ts';

let server: Staging;
let database: RecordDatabase;
let session: Session;
beforeAll(async () => {
  server = await Staging.start();
  database = await RecordDatabase.make(server);
  session = await database.superuser();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const nobody = { webhook: undefined, command: undefined };

/** A webhook that answers so, and what it heard. */
async function webhook(status = 200): Promise<{ url: string; heard: unknown[] } & AsyncDisposable> {
  const heard: unknown[] = [];
  const hook = createServer(async (request, response) => {
    heard.push(await json(request));
    response.writeHead(status).end();
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const { port } = hook.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    heard,
    [Symbol.asyncDispose]: async () => {
      hook.closeAllConnections();
      hook.close();
    },
  };
}

/** A program that keeps what it is told on its standard input. */
function program(): { path: string; heard: () => unknown } {
  const path = join(database.folder.path, `${crypto.randomUUID()}.sh`);
  writeFileSync(path, `#!/bin/sh\ncat > ${path}.json\n`);
  chmodSync(path, 0o755);
  return { path, heard: () => JSON.parse(readFileSync(`${path}.json`, 'utf8')) };
}

/** Runs `work` with the record in that state, and puts it back. */
function after(state: string, work: () => Promise<void>): Promise<void> {
  return session.rolledBack(async () => {
    await session.script(state);
    await work();
  });
}

const late = `update drydock.audit_job set started_at = now() - interval '26 hours', succeeded_at = null where name in ('archive', 'seal')`;

describe('upkeep', () => {
  test('raises no alarm while everything succeeded within its interval', async () => {
    expect(await upkeep(session, nobody)).toMatchObject({ made: 0, alarm: 'none needed' });
  });

  test('tells a webhook and a program which jobs are late, and why', async () => {
    await using hook = await webhook();
    const { path, heard } = program();
    await after(`${late}; select audit.note_audit_job('archive', 'disk full')`, async () => {
      const report = await upkeep(session, { webhook: hook.url, command: path });
      expect(report.alarm).toBe('sent');
    });
    const alarm = {
      alarm: 'audit record',
      unwell: [
        { item: 'archive', healthy: false, detail: 'never succeeded, then failed: disk full' },
        { item: 'seal', healthy: false, detail: 'never succeeded' },
      ],
    };
    expect(hook.heard).toMatchObject([alarm]);
    expect(heard()).toMatchObject(alarm);
  });

  test('tells of too few partitions ahead when making them failed, and fails itself', async () => {
    await using hook = await webhook();
    const months = [-3, -2].map((ahead) => `audit.${partitionOf(monthsAgo(ahead))}`);
    await session.script(`drop table ${months.join(', ')};
      create function public.refuse() returns trigger language plpgsql as 'begin raise exception ''disk full''; end';
      create trigger refuse before insert or update on audit.partition_schedule for each statement execute function public.refuse()`);
    await expect(upkeep(session, { ...nobody, webhook: hook.url })).rejects.toThrow('disk full');
    await session.script('drop trigger refuse on audit.partition_schedule; drop function public.refuse()');
    expect(hook.heard).toMatchObject([
      {
        unwell: [
          { item: 'partitions', detail: 'keeping them ahead failed: disk full' },
          { item: 'partitions ahead', detail: '1 months ahead, the current one is there' },
        ],
      },
    ]);
    expect(await upkeep(session, nobody)).toMatchObject({ made: 2, alarm: 'none needed' });
  });

  test('says that nobody was told when there is no hook', async () => {
    await after(late, async () => expect((await upkeep(session, nobody)).alarm).toBe('nobody to tell'));
  });

  test('fails when a hook does not take it, after it told the other one', async () => {
    await using hook = await webhook(500);
    const { path, heard } = program();
    await after(late, async () => {
      await expect(upkeep(session, { webhook: hook.url, command: path })).rejects.toMatchObject({
        code: 'RECORDS_ALARM',
        message: expect.stringContaining('it answered 500'),
        hint: expect.stringContaining('"item":"seal"'),
      });
    });
    expect(heard()).toMatchObject({ alarm: 'audit record' });
    await after(late, async () => {
      await expect(upkeep(session, { ...nobody, command: '/nowhere/hook' })).rejects.toMatchObject({
        code: 'RECORDS_ALARM',
      });
    });
  });
});

test('the report of some days counts what happened', async () => {
  await using fresh = await RecordDatabase.make(server);
  const admin = await fresh.superuser();
  for (const actionType of ['A', 'A', 'PASSWORD_CHANGE']) await logAuditEvent(admin, anEvent({ actionType }));
  const report = await activityReport(admin, 7);
  expect(report).toMatchObject({ records: 4, by_action: [{ action: 'A', records: 2 }, {}, {}] });
  expect(report.security.map(({ action }) => action).sort()).toEqual(['PASSWORD_CHANGE', 'TRACK_TABLE']);
});
