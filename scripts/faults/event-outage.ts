import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Session, type Target } from '../../ops/postgres/index.ts';

/** One backend dies without a word, and the server recovers; or the whole server is stopped at once and started again. */
export type Outage = 'crash' | 'immediate stop';

const batchPatienceMs = 30_000;

/**
 * Takes the server away in the middle of a batch: its rows are copied, and what says so is not yet in the ledger.
 * @param admin superuser of the events' database
 */
export async function interruptBatch(outage: Outage, admin: Target): Promise<void> {
  await using session = await Session.open(admin);
  await session.query('begin');
  await session.query('lock table audit.tool_event_ledger in exclusive mode');
  const backend = await untilSomebodyWaits(session);
  if (outage === 'crash') process.kill(backend, 'SIGKILL');
  else await restartAtOnce(await dataDirectoryOf(session));
  await untilItIsBack(session);
}

/** @returns the process that waits for the lock which this session holds */
async function untilSomebodyWaits(session: Session): Promise<number> {
  const giveUpAt = performance.now() + batchPatienceMs;
  for (;;) {
    const { rows } = await session.query<{ pid: number }>(
      // not pg_stat_activity, of which a transaction sees the first answer again and again
      `select pid from pg_catalog.pg_locks
       where not granted and pg_catalog.pg_backend_pid() = any (pg_catalog.pg_blocking_pids(pid))`,
    );
    if (rows[0]) return rows[0].pid;
    if (performance.now() > giveUpAt) throw new Error('no batch came that could be interrupted');
    await sleep(5);
  }
}

/** A server that crashed first ends every session, and answers again once it has recovered. */
async function untilItIsBack(session: Session): Promise<void> {
  while (session.isOpen) await sleep(1);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await using _next = await Session.open(session.target);
      return;
    } catch (error) {
      if (attempt === 1_000) throw error;
      await sleep(10);
    }
  }
}

async function dataDirectoryOf(session: Session): Promise<string> {
  return (await session.row<{ data_directory: string }>('show data_directory')).data_directory;
}

/** As `pg_ctl restart -m immediate` does it: no checkpoint, nothing said to the sessions, recovery at the start. */
async function restartAtOnce(dataDirectory: string): Promise<void> {
  const options = await readFile(join(dataDirectory, 'postmaster.opts'), 'utf8');
  const program = options.slice(0, options.indexOf(' "'));
  const { uid, gid } = await stat(dataDirectory);
  const log = join(dataDirectory, 'restart.log'); // otherwise the server would hold our pipe open
  await promisify(execFile)(
    join(dirname(program), 'pg_ctl'),
    ['restart', '--mode=immediate', '--silent', `--pgdata=${dataDirectory}`, `--log=${log}`],
    { uid, gid, cwd: dirname(dataDirectory) },
  );
}
