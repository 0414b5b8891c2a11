import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { migrateRecords, recordSession } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { embeddedProvider, type Instance } from '../../../stage/providers/index.ts';
import { debianBinaries, withoutCron } from '../../support/debian.ts';
import { host, temporaryFolder, testHome, type TemporaryFolder } from '../../support/home.ts';
import { monthsAgo, partitionOf, pastRecords } from '../../support/records.ts';

const title = `where pg_cron is${withoutCron ? ` (skipped ${withoutCron})` : ''},`;

describe.skipIf(withoutCron)(title, () => {
  let folder: TemporaryFolder;
  let instance: Instance;
  let admin: Session;
  /** Owns the database and is no superuser. */
  let dba: Session;
  /** Who schedules, as migrating said: before he might use pg_cron, and twice after. */
  let schedulers: string[];
  beforeAll(async () => {
    folder = await temporaryFolder();
    const settings = {
      shared_preload_libraries: 'pg_cron',
      'cron.database_name': 'app',
      'cron.use_background_workers': 'on',
    };
    const provider = embeddedProvider(host, { binaries: await debianBinaries(folder.path) });
    instance = await provider.start({ runId: `cron-${randomUUID()}`, admin: 'somebody', home: testHome, settings });
    await using maintenance = await recordSession(target('postgres'));
    await maintenance.query(`create role dba login createrole password 'secret-secret'`);
    await maintenance.query('create database app owner dba');
    await logIn();
    await admin.query('create extension pg_cron');
    schedulers = [(await migrateRecords(dba)).scheduler];
    await admin.query('grant usage on schema cron to dba');
    for (let again = 0; again < 2; again += 1) schedulers.push((await migrateRecords(dba)).scheduler);
  });
  afterAll(async () => {
    await Promise.all([dba.close(), admin.close()]);
    await instance.stop();
    await folder[Symbol.asyncDispose]();
  });

  function target(database: string) {
    const { host: address, port, admin: user, adminPassword: password } = instance;
    return { host: address, port, user, password, database };
  }

  const health = async (item: string) => {
    const { rows } = await admin.query<{ healthy: boolean; detail: string }>(
      'select healthy, detail from audit.vw_audit_health where item = $1',
      [item],
    );
    return rows[0]!;
  };

  /** pg_cron runs what is scheduled for a start of the server, and the server starts again when a process of it is killed. */
  async function fire(command: string): Promise<{ status: string; return_message: string }> {
    const name = randomUUID();
    await dba.query('select cron.schedule($1, $2, $3)', [name, '@reboot', command]);
    process.kill(await vi.waitFor(launcher, { timeout: 10_000, interval: 50 }), 'SIGKILL');
    await vi.waitFor(logIn, { timeout: 10_000, interval: 50 });
    const ended = await vi.waitFor(() => endOf(name), { timeout: 10_000, interval: 50 });
    await dba.query('select cron.unschedule($1)', [name]);
    return ended;
  }

  /** It starts when its database is there, which it looks for every second. */
  async function launcher(): Promise<number> {
    const { rows } = await admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where backend_type = 'pg_cron launcher'`,
    );
    return rows[0]?.pid ?? Promise.reject(new Error('pg_cron has not started'));
  }

  async function logIn(): Promise<void> {
    admin = await recordSession(target('app'));
    dba = await recordSession({ ...target('app'), user: 'dba', password: 'secret-secret' });
  }

  /** How it ended, but for a run that the restart itself cut off: the launcher may have begun it before it was killed. */
  async function endOf(job: string): Promise<{ status: string; return_message: string }> {
    const { rows } = await admin.query<{ status: string; return_message: string }>(
      `select status, return_message from cron.job_run_details join cron.job using (jobid)
       where jobname = $1 and status in ('succeeded', 'failed') and return_message is distinct from 'server restarted'`,
      [job],
    );
    return rows[0] ?? Promise.reject(new Error(`${job} has not run`));
  }

  test('and the owner may not use it, the record is made all the same, and who is to schedule is said', () => {
    expect(schedulers[0]).toBe('drydock jobs (pg_cron is there, and dba may not use it: grant usage on schema cron)');
  });

  test('partitions and archive are scheduled, once however often the record is migrated', async () => {
    expect(schedulers.slice(1)).toEqual(['pg_cron', 'pg_cron']);
    const { rows } = await admin.query('select jobname, schedule, username, database from cron.job order by jobname');
    expect(rows).toEqual([
      { jobname: 'drydock_audit_archive', schedule: '0 2 * * *', username: 'dba', database: 'app' },
      { jobname: 'drydock_audit_partitions', schedule: '0 1 * * *', username: 'dba', database: 'app' },
    ]);
  });

  test('what it runs archives every month that is due and enters that it went well', async () => {
    for (const month of [monthsAgo(7), monthsAgo(6)]) await pastRecords(admin, month, 5);
    await admin.query(`update drydock.audit_job set started_at = now() - interval '2 days'`);
    expect(await health('archive')).toMatchObject({ healthy: false });
    const { rows } = await admin.query<{ command: string }>(
      `select command from cron.job where jobname like '%archive'`,
    );
    expect(await fire(rows[0]!.command)).toEqual({ status: 'succeeded', return_message: expect.any(String) });
    expect(await admin.row('select count(*) as archived from audit.audit_events_archive')).toEqual({ archived: 10 });
    expect(await health('archive')).toMatchObject({ healthy: true, detail: expect.stringContaining('last succeeded') });
  });

  test('what fails stays entered as failed, and is late when its interval is over', async () => {
    await admin.script(`create function public.refuse() returns trigger language plpgsql as 'begin raise exception ''disk full''; end';
      create trigger refuse before insert or update on audit.partition_schedule for each statement execute function public.refuse();
      drop table audit.${partitionOf(monthsAgo(-3))}`);
    const { rows } = await admin.query<{ command: string }>(
      `select command from cron.job where jobname like '%partitions'`,
    );
    expect(await fire(rows[0]!.command)).toMatchObject({
      status: 'failed',
      return_message: expect.stringContaining('disk full'),
    });
    expect(await health('partitions')).toMatchObject({
      healthy: false,
      detail: expect.stringContaining('cron.job_run_details says why'),
    });
    await admin.script('drop trigger refuse on audit.partition_schedule; drop function public.refuse()');
    expect(await fire(rows[0]!.command)).toMatchObject({ status: 'succeeded' });
    expect(await health('partitions')).toMatchObject({ healthy: true });
    expect(await health('partitions ahead')).toMatchObject({ healthy: true });
  });
});
