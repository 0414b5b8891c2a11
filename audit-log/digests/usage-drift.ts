import { sum } from './cost.ts';
import { discoveries, twoSidedTail } from './student.ts';
import type { Tally } from './tally.ts';

/** A share that is not what the weeks before would have one expect. */
export interface UsageDrift {
  readonly tool: string;
  /** `calls`: its part of all calls. `failed`, `denied` …: the part of its calls that ended so. */
  readonly share: string;
  readonly value: number;
  /** Mean of the baseline weeks. */
  readonly expected: number;
  /** Probability of a difference like this without any drift. */
  readonly p: number;
}

export interface UsageReport {
  readonly verdict: 'go' | 'no-go' | 'unproven';
  readonly reason: string;
  /** Shares that were tested. */
  readonly tested: number;
  readonly drifts: readonly UsageDrift[];
}

/** How many weeks before make the baseline, and how many of them must have calls at all. */
export const baselineWeeks = 8;
const fewestWeeks = 4;
/** Below this many calls in a week a share says nothing. */
const fewestCalls = 50;
/** Of the drifts that are reported, so many may be false. */
const falseDiscoveryRate = 0.05;
/** Smaller changes are no news, however certain: odds that change by less than half. */
const smallestOddsRatio = 1.5;

/**
 * Usage drift is a share of this week's calls that lies outside what the baseline weeks predict. Each share becomes an
 * angle (arcsine of the square root), for which a week varies as the baseline weeks did, and at the least as chance alone
 * would have it; the week is compared with them by Student's t for one more observation.
 * @param week tallies of the dimension `tool`, of the week that is judged
 * @param before the same of the weeks before it
 */
export function usageDrift(week: readonly Tally[], before: readonly (readonly Tally[])[]): UsageReport {
  const baseline = before.filter((tallies) => callsOf(tallies) >= fewestCalls);
  const nothing = { tested: 0, drifts: [] };
  if (callsOf(week) < fewestCalls || baseline.length < fewestWeeks) {
    const reason = `not enough data: ${callsOf(week)} calls, and ${baseline.length} weeks before with ${fewestCalls} or more`;
    return { verdict: 'unproven', reason, ...nothing };
  }
  const tests = [week, ...baseline]
    .flatMap((tallies) => tallies.map(({ key, status }) => ({ tool: key, status })))
    .filter((item, index, all) => all.findIndex((other) => isSame(item, other)) === index);
  const tools = [...new Set(tests.map(({ tool }) => tool))];
  const compared = [
    ...tools.map((tool) =>
      compare(tool, 'calls', week, baseline, (tallies) => [callsOf(of(tallies, tool)), callsOf(tallies)]),
    ),
    ...tests
      .filter(({ status }) => status !== 'pass')
      .map(({ tool, status }) =>
        compare(tool, status, week, baseline, (tallies) => {
          const ofTool = of(tallies, tool);
          return [callsOf(ofTool.filter((tally) => tally.status === status)), callsOf(ofTool)];
        }),
      ),
  ].filter((drift) => drift !== undefined);
  const believed = discoveries(
    compared.map(({ p }) => p),
    falseDiscoveryRate,
  );
  const drifts = compared.filter((drift, index) => believed[index] && isNews(drift)).sort((a, b) => a.p - b.p);
  const reason = `${drifts.length} of ${compared.length} shares differ from ${baseline.length} weeks before`;
  return { verdict: drifts.length > 0 ? 'no-go' : 'go', reason, tested: compared.length, drifts };
}

/** @returns undefined where a week, or the baseline, has too few calls to speak of a share */
function compare(
  tool: string,
  share: string,
  week: readonly Tally[],
  baseline: readonly (readonly Tally[])[],
  count: (tallies: readonly Tally[]) => [part: number, whole: number],
): UsageDrift | undefined {
  const [part, whole] = count(week);
  const weeks = baseline.map(count).filter(([, calls]) => calls >= fewestCalls);
  if (whole < fewestCalls || weeks.length < fewestWeeks) return undefined;
  const angles = weeks.map(([some, all]) => angleOf(some, all));
  const mean = sum(angles, (angle) => angle) / angles.length;
  const observed = sum(angles, (angle) => (angle - mean) ** 2) / (angles.length - 1);
  const byChance = sum(weeks, ([, all]) => 1 / (4 * all)) / weeks.length;
  const spread = Math.max(observed, byChance) / weeks.length + Math.max(observed, 1 / (4 * whole));
  const p = twoSidedTail((angleOf(part, whole) - mean) / Math.sqrt(spread), weeks.length - 1);
  return { tool, share, value: part / whole, expected: Math.sin(mean) ** 2, p };
}

function angleOf(part: number, whole: number): number {
  return Math.asin(Math.sqrt(part / whole));
}

function isNews({ value, expected }: UsageDrift): boolean {
  const odds = (share: number) => (share + 1e-6) / (1 - share + 1e-6);
  const ratio = odds(value) / odds(expected);
  return ratio >= smallestOddsRatio || ratio <= 1 / smallestOddsRatio;
}

function of(tallies: readonly Tally[], tool: string): Tally[] {
  return tallies.filter(({ key }) => key === tool);
}

function callsOf(tallies: readonly Tally[]): number {
  return sum(tallies, ({ calls }) => calls);
}

function isSame(a: { tool: string; status: string }, b: { tool: string; status: string }): boolean {
  return a.tool === b.tool && a.status === b.status;
}
