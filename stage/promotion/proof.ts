import type { Project } from '../../ops/config/index.ts';
import { SqlError, type Session } from '../../ops/postgres/index.ts';
import { loadChecks, runCheck, type Check } from '../checks.ts';
import { probeGently } from '../isolation/index.ts';
import { notMeasured, type Measurement } from '../measurement.ts';
import { measureRights } from '../steps/isolate.ts';
import { applyWaivers } from '../waivers.ts';

/** Verdicts of the project's own checks before anything was changed, by check. */
export type Before = ReadonlyMap<string, Measurement>;

/** What backfills and hydration fill comes after a promotion, so what judges it cannot stop one. */
const later = new Set(['backfills', 'links']);

/** The checks that judge data, which the target has and the change does not bring: it must not make them worse. */
export async function measureBefore(session: Session, project: Project): Promise<Before> {
  const checks = (await checksOf(project)).filter(judgesData);
  const made = await session.rolledBack(() => runAll(session, checks), 'begin isolation level repeatable read');
  return new Map(made.map((measurement) => [measurement.id, measurement]));
}

/**
 * Checks and probes inside the open transaction, on what it is about to commit. What judges structure must
 * be `go`; what judges data must not be worse than before.
 */
export async function prove(session: Session, project: Project, before: Before, now: Date): Promise<Measurement[]> {
  const checks = await checksOf(project);
  const made = await runAll(session, checks);
  const probes = await session.takenBack(() => probeGently(session, project.config));
  const ofData = new Set(checks.filter(judgesData).map(({ id }) => id));
  const judged = made.map((measurement) =>
    ofData.has(measurement.id) ? comparedWith(before, measurement) : measurement,
  );
  const rights = measureRights('probe/rights', 'Every right observed is the right of the contract', probes);
  const { waivers } = project.config;
  return waivers.length > 0 ? applyWaivers(waivers, [...judged, rights], now) : [...judged, rights];
}

async function checksOf(project: Project): Promise<Check[]> {
  return (await loadChecks(project)).filter(({ file }) => !later.has(file.header['needs'] ?? ''));
}

/** Drydock's own checks judge structure, but for those that say otherwise; of a project's own nobody knows. */
function judgesData({ builtin, file }: Check): boolean {
  return !builtin || file.header['judges'] === 'data';
}

/** What was not `go` before is no worse for not being `go` now: data that only comes later, or a fault of long standing. */
function comparedWith(before: Before, measurement: Measurement): Measurement {
  const was = before.get(measurement.id);
  const isWorse = measurement.verdict === 'no-go' ? was?.verdict !== 'no-go' : was?.verdict === 'go';
  if (measurement.verdict === 'go' || isWorse) return measurement;
  const title = `${measurement.title} (${measurement.verdict}, as before)`;
  return { ...measurement, title, severity: 'warning', verdict: 'go' };
}

async function runAll(session: Session, checks: readonly Check[]): Promise<Measurement[]> {
  const made: Measurement[] = [];
  for (const check of checks) {
    made.push(
      await runCheck(session, check, false).catch((error: unknown) => {
        if (!isOfTheCheck(error)) throw error;
        return notMeasured(check.id, check.title, `${check.file.path} failed: ${(error as Error).message}`);
      }),
    );
  }
  return made;
}

/** A check that fails says nothing; a connection that is gone, a cancellation or a lock that was not had is no check's doing. */
function isOfTheCheck(error: unknown): boolean {
  return error instanceof SqlError && !/^(57|08|55P03)/.test(error.sqlstate ?? '');
}
