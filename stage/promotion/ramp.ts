import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration, type Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import {
  readSqlFolder,
  requireHeader,
  runStatement,
  Session,
  type SqlFile,
  type Target,
} from '../../ops/postgres/index.ts';
import { contextOn } from '../context.ts';
import { combine, measured, type Measurement } from '../measurement.ts';
import type { Verdict } from '../measurement.ts';
import { newRunId } from '../run-id.ts';
import { ingest } from '../steps/ingest.ts';

export interface RampOrder {
  readonly project: Project;
  readonly target: Target;
  readonly actor: string;
  readonly version: string;
  /** Asked before each look: why the kill switch stops the ramp, when it does. */
  readonly killSwitch: () => string | undefined;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
  now(): Date;
}

/** One share of the ingest: what it did, and what the queries said while it was waited for. */
export interface RampStage {
  readonly percent: number;
  readonly summary: string;
  readonly looks: number;
  readonly measurements: readonly Measurement[];
}

export interface Ramp {
  readonly rampId: string;
  readonly verdict: Verdict;
  readonly target: string;
  readonly startedAt: string;
  readonly stages: readonly RampStage[];
  /** The share that is in force now. */
  readonly percent: number;
}

/**
 * Lets the ingest go live on a target by shares, looking between at queries that return a row where something is wrong. The
 * first such row puts the share back to what it was before, and ends the ramp.
 * A cancellation does the same.
 * @throws RAMP_NONE when the project declares no ramp or no ingest, or has no query to look with
 */
export async function ramp(order: RampOrder): Promise<Ramp> {
  const settings = rampOf(order.project);
  const queries = await readSqlFolder(order.project.root, join(order.project.root, settings.folder));
  if (queries.length === 0) throw unwatched(settings.folder);
  const rampId = `ramp-${newRunId(order.now())}`;
  const startedAt = order.now().toISOString();
  const stages: RampStage[] = [];
  let percent = 0;
  // without the signal: a ramp that is cancelled still puts its share back
  await using session = await Session.open(order.target, { applicationName: 'drydock ramp' });
  for (const [index, share] of settings.stages.entries()) {
    const wait = parseDuration(settings.waits[Math.min(index, settings.waits.length - 1)] ?? '0s');
    const isLast = index === settings.stages.length - 1;
    const stage = await goTo(order, session, queries, { share, rampId, waitMs: isLast ? 0 : wait }).catch(
      async (error: unknown) => {
        await setShare(session, percent);
        if (!order.signal.aborted) throw error;
        return { percent: share, summary: 'cancelled', looks: 1, measurements: await look(order, session, []) };
      },
    );
    stages.push(stage);
    if (combine(stage.measurements.map(({ verdict }) => verdict)) !== 'go') {
      await setShare(session, percent);
      break;
    }
    percent = share;
  }
  const verdict = combine(stages.flatMap(({ measurements }) => measurements.map((one) => one.verdict)));
  return { rampId, verdict, target: order.target.database, startedAt, stages, percent };
}

async function goTo(
  order: RampOrder,
  session: Session,
  queries: readonly SqlFile[],
  { share, rampId, waitMs }: { share: number; rampId: string; waitMs: number },
): Promise<RampStage> {
  const before = await look(order, session, queries);
  if (!isGo(before)) return { percent: share, summary: 'not begun', looks: 1, measurements: before };
  await setShare(session, share);
  const { summary } = await ingestLive(order, rampId);
  order.progress(`${share} %: ${summary}`);
  const every = parseDuration(rampOf(order.project).every);
  const until = performance.now() + waitMs;
  for (let looks = 2; ; looks += 1) {
    const measurements = await look(order, session, queries);
    if (!isGo(measurements) || performance.now() >= until) return { percent: share, summary, looks, measurements };
    await sleep(Math.min(every, until - performance.now()), undefined, { signal: order.signal }).catch(() => {});
  }
}

/** The ingest of the pipeline, on the target, for real. */
async function ingestLive({ project, target, actor, version, signal, now }: RampOrder, runId: string) {
  const { host, port, user, password, tls } = target;
  const instance = {
    ...{ provider: 'remote' as const, runId, serverVersion: '', host, port, admin: user, adminPassword: password },
    ...(tls && { tls }),
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
  return ingest.run(contextOn(instance, project, { runId, settings: { ingest: 'live', actor, version }, signal, now }));
}

async function look(order: RampOrder, session: Session, queries: readonly SqlFile[]): Promise<Measurement[]> {
  const stopped = order.signal.aborted ? 'pulled by whoever cancelled it' : order.killSwitch();
  const made = [
    measured({
      id: 'ramp/kill-switch',
      title: 'Nobody stops it',
      examined: 1,
      violations: stopped ? 1 : 0,
      findings: stopped ? [{ level: 'error', object: 'kill switch', detail: `is ${stopped}` }] : [],
    }),
  ];
  for (const file of queries) made.push(await ask(session, file));
  return made;
}

/** A query returns a row per thing that is wrong; none is good. It is only allowed to read. */
async function ask(session: Session, file: SqlFile): Promise<Measurement> {
  const { rows } = await session.rolledBack(() => runStatement(session, file), 'begin read only');
  return measured({
    id: `ramp/${file.name}`,
    title: requireHeader(file, 'title'),
    examined: rows.length + 1,
    violations: rows.length,
    findings: rows.slice(0, 20).map((row) => ({
      level: 'error',
      object: file.path,
      detail: Object.entries(row)
        .map(([name, value]) => `${name} ${String(value)}`)
        .join(', '),
      file: file.path,
    })),
  });
}

async function setShare(session: Session, percent: number): Promise<void> {
  await session.transaction(async () => {
    await session.query('delete from drydock.link_share');
    await session.query('insert into drydock.link_share (percent) values ($1)', [percent]);
  });
}

function isGo(measurements: readonly Measurement[]): boolean {
  return combine(measurements.map(({ verdict }) => verdict)) === 'go';
}

/** A ramp that looks at nothing would always go. */
function unwatched(folder: string): DrydockError {
  return new DrydockError('RAMP_NONE', `There is no query in ${folder}, so nothing would stop the ramp.`, {
    hint: 'Write a SELECT that returns a row where something is wrong: errors of the last minutes, links to what is not there.',
  });
}

function rampOf({ config }: Project) {
  const { ramp: settings } = config.promotion;
  if (settings && config.ingest) return settings;
  throw new DrydockError('RAMP_NONE', `The project declares no ${config.ingest ? 'ramp' : 'ingest'}.`, {
    hint: 'Name a folder of queries as promotion.ramp.folder in drydock.yaml; each returns a row where something is wrong.',
  });
}
