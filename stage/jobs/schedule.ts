import { DrydockError, messageOf } from '../../ops/errors.ts';
import { connectionOptions, identifier, Session, type Target } from '../../ops/postgres/index.ts';
import type { Job } from './table.ts';

export interface ScheduleOrder {
  /** Where the machines meet. Its login owns, or may create, the schema drydock_jobs. */
  readonly target: Target;
  /** Every job there is; what else is scheduled there is of an older table, and taken out. */
  readonly jobs: readonly Job[];
  /** Of these, the ones that this machine takes part in. All of them without it */
  readonly mine?: readonly Job[];
  /** This machine's name, kept with each run that it does. */
  readonly machine: string;
  /** Ends the keeping of the schedule; a run that is under way then is done again by another machine. */
  readonly signal: AbortSignal;
  /** How often to look at the clock, for work and for machines that died, in seconds, 1 to 45. Default: 5 */
  readonly pollSeconds?: number;
  /** Does a job. @returns the exit code, which is kept with the run. It must not throw */
  perform(job: Job): Promise<number>;
  /** Told once that this machine takes part. */
  onReady(): void;
  /** Told of an outage, once for each reason; the schedule is kept when it is over. */
  onTrouble(reason: string): void;
}

export const jobSchema = 'drydock_jobs';

/** A run of a machine that died is given to another after this many seconds of silence. */
const heartbeatSeconds = 30;
/** No run may take longer, in seconds. */
const longestRun = 6 * 3_600;
/** How long a run may go on after the signal, in milliseconds. */
const lastPatienceMs = 30_000;

/**
 * Does jobs when they are due, together with every other machine that does the same on the same database: each run is
 * done by one of them. Returns after the signal.
 * @throws DrydockError CONNECT_FAILED, CONNECT_REFUSED, JOBS_SCHEMA
 */
export async function keepSchedule(order: ScheduleOrder): Promise<void> {
  const { target, jobs, mine = jobs, pollSeconds = 5 } = order;
  const createSchema = !(await hasSchema(target));
  const { PgBoss } = await import('pg-boss');
  const boss = new PgBoss({
    ...connectionOptions(target),
    application_name: 'drydock jobs',
    schema: jobSchema,
    createSchema,
    max: 4,
    cronMonitorIntervalSeconds: pollSeconds,
    cronWorkerIntervalSeconds: pollSeconds,
    superviseIntervalSeconds: pollSeconds,
    monitorIntervalSeconds: pollSeconds,
  });
  boss.on('error', onceEach(order.onTrouble));
  await start(boss, target);
  try {
    for (const job of mine) await takePart(boss, job, order);
    for (const { name } of await boss.getSchedules()) {
      if (!jobs.some((job) => job.name === name)) await boss.unschedule(name);
    }
    order.onReady();
    await untilAborted(order.signal);
  } finally {
    await boss.stop({ timeout: lastPatienceMs });
  }
}

type Boss = import('pg-boss').PgBoss;

/** `exclusive`: a run that is still under way when the next is due takes its place. */
async function takePart(boss: Boss, job: Job, order: ScheduleOrder): Promise<void> {
  const { machine, signal, pollSeconds = 5, perform } = order;
  await boss.createQueue(job.name, { policy: 'exclusive' });
  await boss.updateQueue(job.name, { heartbeatSeconds, expireInSeconds: longestRun, retryLimit: 3 });
  await boss.schedule(job.name, job.schedule, null, { tz: 'UTC' });
  await boss.work(job.name, { pollingIntervalSeconds: pollSeconds }, async () => {
    const exitCode = await perform(job);
    signal.throwIfAborted(); // it did not come to its end: another machine shall do it
    return { machine, exit_code: exitCode };
  });
}

async function start(boss: Boss, target: Target): Promise<void> {
  try {
    await boss.start();
  } catch (error) {
    await boss.stop({ graceful: false });
    throw new DrydockError('JOBS_SCHEMA', `${target.user} cannot use the schema ${jobSchema}: ${messageOf(error)}.`, {
      hint: `Let an administrator run \`create schema ${jobSchema} authorization ${identifier(target.user)}\`.`,
      cause: error,
    });
  }
}

/** Creating a schema takes a right on the whole database, so it is not asked for where the schema is there. */
async function hasSchema(target: Target): Promise<boolean> {
  await using session = await Session.open(target, { applicationName: 'drydock jobs' });
  const { there } = await session.row<{ there: boolean }>('select to_regnamespace($1) is not null as there', [
    jobSchema,
  ]);
  return there;
}

function onceEach(tell: (reason: string) => void): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    const reason = messageOf(error);
    if (told.has(reason)) return;
    told.add(reason);
    tell(reason);
  };
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
