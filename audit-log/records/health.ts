import { spawn } from 'node:child_process';
import { DrydockError, messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { recordQuery } from './queries.ts';

/** Something that must be well: a row of audit.vw_audit_health. */
export interface HealthItem {
  readonly item: string;
  readonly healthy: boolean;
  readonly detail: string;
}

/** Where an alarm goes: a URL that takes a POST of JSON, or a program that takes the JSON on its standard input. */
export interface AlarmHook {
  readonly webhook: string | undefined;
  readonly command: string | undefined;
}

export interface UpkeepReport {
  /** Partitions made. */
  readonly made: number;
  readonly health: readonly HealthItem[];
  /** Whether the hook was told of what is not well. */
  readonly alarm: 'none needed' | 'sent' | 'nobody to tell';
}

const hookTimeoutMs = 10_000;

/**
 * Keeps partitions ahead, says what is not well, and tells the hook. That the partitions themselves failed is told too, and then thrown.
 * @throws RECORDS_ALARM when the hook did not take it
 */
export async function upkeep(session: Session, hook: AlarmHook): Promise<UpkeepReport> {
  const keeping = noted(session, 'partitions', () =>
    session.row<{ made: number }>('select audit.keep_audit_partitions_ahead() as made'),
  );
  const [kept] = await Promise.allSettled([keeping]);
  const failed = kept.status === 'rejected' ? [failure(kept.reason)] : [];
  const { rows } = await session.query<HealthItem>(
    'select item, healthy, detail from audit.vw_audit_health order by item',
  );
  const health = [...failed, ...rows];
  const unwell = health.filter(({ healthy }) => !healthy);
  const told =
    unwell.length > 0 && (await raiseAlarm(hook, { alarm: 'audit record', at: new Date().toISOString(), unwell }));
  const { made } = await keeping;
  return { made, health, alarm: unwell.length === 0 ? 'none needed' : told ? 'sent' : 'nobody to tell' };
}

function failure(reason: unknown): HealthItem {
  return { item: 'partitions', healthy: false, detail: `keeping them ahead failed: ${messageOf(reason)}` };
}

/** Runs a job and enters in the database how it went; one that does not succeed within its interval is late. */
export async function noted<T>(session: Session, job: 'archive' | 'partitions' | 'seal', work: () => Promise<T>) {
  try {
    const result = await work();
    await session.query('select audit.note_audit_job($1, null)', [job]);
    return result;
  } catch (error) {
    await session.query('select audit.note_audit_job($1, $2)', [job, messageOf(error)]);
    throw error;
  }
}

/** What happened in the record in the last days: totals, actions, actors, what touched access, and growth. */
export async function activityReport(session: Session, days: number): Promise<ActivityReport> {
  const [report] = await recordQuery<{ report: ActivityReport }>(session, 'activity', [days]);
  return report!.report;
}

export interface ActivityReport {
  readonly since: string;
  readonly until: string;
  readonly records: number;
  readonly by_day: readonly { readonly day: string; readonly records: number }[];
  readonly by_action: readonly { readonly action: string; readonly records: number }[];
  readonly by_actor: readonly { readonly actor: string; readonly records: number }[];
  readonly security: readonly {
    readonly at: string;
    readonly action: string;
    readonly actor: string;
    readonly workspace: string;
  }[];
  readonly removed: readonly {
    readonly at: string;
    readonly reason: string;
    readonly authority: string;
    readonly records: number;
  }[];
  readonly partitions: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly rows: number;
    readonly dead: number;
  }[];
  readonly health: readonly HealthItem[];
}

/** Both hooks are told, though one fails. @returns false when there is none @throws RECORDS_ALARM when one did not take it */
async function raiseAlarm({ webhook, command }: AlarmHook, alarm: object): Promise<boolean> {
  const body = JSON.stringify(alarm);
  const told = await Promise.allSettled([webhook && post(webhook, body), command && pipe(command, body)]);
  const refused = told.find((one) => one.status === 'rejected');
  if (!refused) return Boolean(webhook ?? command);
  throw new DrydockError('RECORDS_ALARM', `The alarm hook did not take the alarm: ${messageOf(refused.reason)}.`, {
    hint: `Mend the hook; what it was to be told: ${body}`,
    cause: refused.reason,
  });
}

async function post(url: string, body: string): Promise<void> {
  const signal = AbortSignal.timeout(hookTimeoutMs);
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}

/** Without a shell: the command is a program, and the alarm is never part of a command line. */
async function pipe(command: string, input: string): Promise<void> {
  const child = spawn(command, { stdio: ['pipe', 'ignore', 'ignore'], timeout: hookTimeoutMs });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
    child.stdin.once('error', () => {}); // a program need not read all of it
    child.stdin.end(input);
  });
}
