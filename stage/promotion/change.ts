import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../../ops/config/index.ts';
import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import { SqlError, Session } from '../../ops/postgres/index.ts';
import { applyInOrder, applyOutsideTransaction, applyWithin, isTransactional, noteExpectations } from '../applying.ts';
import { renewFoundation } from '../foundation.ts';
import { grantMissing, refuseUnknownObjects } from '../grants.ts';
import { measured } from '../measurement.ts';
import { storeLinkRules } from '../linking.ts';
import { loadMigrations } from '../migrations.ts';
import { verdictSoFar, type Phase, type PromotionContext } from './context.ts';
import { stateOf, writeIntent } from './intent.ts';
import { measureIndexes } from './preflight.ts';
import { measureBefore, prove, type Before } from './proof.ts';
import { QueueWatch } from './target.ts';

/** Applies, checks and probes in one transaction, and commits it when nothing is in doubt. */
export const change: Phase = {
  name: 'change',
  title: 'Apply, check and probe in one transaction',

  async run(context) {
    const { order } = context;
    const { attempts, pause } = order.project.config.promotion;
    const before: Before = context.isLaid ? await measureBefore(context.session, order.project) : new Map();
    await intend(context);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await tryOnce(context, before, attempt);
      } catch (error) {
        const why = lockTrouble(error);
        if (why === undefined) throw error;
        if (attempt >= attempts)
          throw new DrydockError('PROMOTE_LOCKS', `Taken back ${attempts} times: ${why}.`, {
            hint: 'Find who holds the lock with "select * from pg_locks", or come back when the site is quiet.',
            cause: error,
          });
        const wait = parseDuration(pause) * 2 ** (attempt - 1);
        order.observer.progress(`attempt ${attempt} of ${attempts} taken back, ${why}: again in ${wait} ms`);
        await sleep(wait, undefined, { signal: order.signal });
      }
    }
  },
};

/** What cannot run in a transaction, file by file; each is in the log when it is done, so that a later promotion goes on. */
export const outside: Phase = {
  name: 'outside',
  title: 'Apply what cannot run in a transaction',

  async run(context) {
    const { order, session } = context;
    const files = context.pending.filter((migration) => !isTransactional(migration));
    if (files.length === 0) return 'nothing of the kind';
    if (order.isDryRun) return `${files.length} files, not tried in a dry run`;
    await session.script(limitsOf(context, ''));
    for (const migration of files) {
      order.observer.progress(migration.file.path);
      await applyOutsideTransaction(session, migration);
      context.applied.push({ file: migration.file.path, sha256: migration.file.sha256 });
    }
    await session.script('reset lock_timeout; reset statement_timeout');
    const all = await loadMigrations(order.project);
    await session.transaction(() => noteExpectations(session, all));
    await grantMissing(session);
    await measureIndexes(context);
    return `${files.length} files`;
  },
};

class Queued extends Error {}

async function tryOnce(context: PromotionContext, before: Before, attempt: number): Promise<string> {
  const { order, session } = context;
  await using watch = await QueueWatch.over(session, order.project.config.promotion.lockQueue, order.signal);
  const startedAt = performance.now();
  try {
    const done = await inTransaction(context, before);
    await watch.end();
    const took = Math.round(performance.now() - startedAt);
    return `${done}, in ${took} ms, attempt ${attempt}, ${watch.longest} waited at most`;
  } catch (error) {
    if (watch.tripped) throw new Queued(`${watch.longest} sessions waited behind it`, { cause: error });
    throw error;
  }
}

async function inTransaction(context: PromotionContext, before: Before): Promise<string> {
  const { order, session } = context;
  await session.script(`begin; ${limitsOf(context, 'local')}`);
  let measurements;
  let what;
  try {
    what = await applyAll(context);
    measurements = await prove(session, order.project, before, order.now());
  } catch (error) {
    // where the connection is gone, so is the transaction, and the first error says why
    await session.query('rollback').catch(() => Promise.reject(error));
    throw error;
  }
  context.measurements.push(...measurements);
  const isGo = verdictSoFar(measurements) === 'go';
  if (order.isDryRun || !isGo) {
    await session.query('rollback');
    return `${what}; taken back${isGo ? ', as a dry run is' : ', because of a doubt'}`;
  }
  await commit(context);
  return `${what}; committed`;
}

async function applyAll(context: PromotionContext): Promise<string> {
  const { order, session, pending, promotionId, rehearsal } = context;
  const { config } = order.project;
  const within = pending.filter(isTransactional);
  await renewFoundation(session, config, { version: order.version, runId: promotionId });
  // what comes after the transaction is not expected in it
  const later = pending.filter((migration) => !isTransactional(migration)).map(({ file }) => file.path);
  const expected = (await loadMigrations(order.project)).filter(({ file }) => !later.includes(file.path));
  await noteExpectations(session, expected);
  const { statements } = await applyInOrder(session, within, applyWithin, ({ file }) =>
    order.observer.progress(file.path),
  );
  await refuseUnknownObjects(session);
  await storeLinkRules(session, order.project);
  await grantMissing(session);
  context.applied = within.map(({ file }) => ({ file: file.path, sha256: file.sha256 }));
  const { report, sha256 } = rehearsal!;
  await session.query(
    `insert into audit.promotion (promotion_id, run_id, report_sha256, source_commit, actor, migrations)
     values ($1, $2, $3, $4, $5, $6)`,
    [promotionId, report.runId, sha256, report.commit, order.actor, JSON.stringify(context.applied)],
  );
  return `${within.length} migrations, ${statements} statements`;
}

/** How long a statement may wait for a lock, and take. */
function limitsOf({ order }: PromotionContext, scope: 'local' | ''): string {
  const { lockTimeout, statementTimeout } = order.project.config.promotion;
  const [lock, statement] = [lockTimeout, statementTimeout].map(parseDuration);
  return `set ${scope} lock_timeout = ${lock}; set ${scope} statement_timeout = ${statement}`;
}

/** A connection that is cut during COMMIT leaves it open whether it happened: the target's own record tells. */
async function commit(context: PromotionContext): Promise<void> {
  try {
    const { command } = await context.session.query('commit');
    if (command !== 'COMMIT')
      throw new DrydockError('PROMOTE_COMMIT', `The server answered the commit with ${command}.`);
    context.state = 'promoted';
  } catch (error) {
    context.state = await stateAfter(context);
    if (context.state !== 'promoted') throw error;
  }
}

async function stateAfter({ order, promotionId }: PromotionContext) {
  try {
    await using session = await Session.open(order.target, { applicationName: 'drydock promote' });
    return await stateOf(session, promotionId);
  } catch {
    return 'unknown' as const; // the intent stays, and the next promotion finds out
  }
}

async function intend({ order, promotionId, rehearsal }: PromotionContext): Promise<void> {
  if (order.isDryRun) return;
  await writeIntent(order.place.promotions, {
    promotionId,
    target: order.targetName,
    actor: order.actor,
    runId: rehearsal!.report.runId,
    startedAt: order.now().toISOString(),
  });
}

/** Why an attempt failed when it was about locks: those can be tried again. */
function lockTrouble(error: unknown): string | undefined {
  if (error instanceof Queued) return error.message;
  const state = error instanceof SqlError ? error.sqlstate : codeOf(error);
  return state === '55P03' || state === '40P01' ? messageOf(error).split('\n')[0] : undefined;
}

/** A migration that shares a transaction cannot come after one that cannot. */
export function measureOrder(context: PromotionContext): void {
  const first = context.pending.findIndex((migration) => !isTransactional(migration));
  const late = first < 0 ? [] : context.pending.slice(first).filter(isTransactional);
  context.measurements.push(
    measured({
      id: 'promotion/order',
      title: 'What can share a transaction comes first',
      examined: context.pending.length + 1,
      violations: late.length,
      findings: late.map(({ file }) => ({
        level: 'error',
        object: file.path,
        detail: `comes after ${context.pending[first]!.file.path}, which cannot run in a transaction`,
        remedy: 'Promote in two: first up to the file that stands alone, then the rest.',
      })),
    }),
  );
}
