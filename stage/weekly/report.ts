import { weekWindow } from '../../audit-log/digests/index.ts';
import type { Window } from '../../audit-log/events/index.ts';
import { parseDuration, type Project } from '../../ops/config/index.ts';
import type { Verdict } from '../measurement.ts';
import type { IssuedCredential, Outcome, Report } from '../report.ts';
import { findingsOf, spellsOf, type DriftSpell } from './drift.ts';
import type { WeekEvidence } from './evidence.ts';
import {
  isIn,
  measureObjectives,
  promotionsIn,
  runsIn,
  worst,
  type Color,
  type Objective,
  type Times,
} from './objectives.ts';

/** A week of housekeeping. It is filed, so its keys are those of the other filed digests. */
export interface WeeklyReport {
  readonly kind: 'weekly';
  readonly project: string;
  readonly week: string;
  /** Half-open, UTC. */
  readonly window: { readonly since: string; readonly until: string };
  /** The longer time that the objectives are about. */
  readonly over: { readonly since: string; readonly until: string; readonly setting: string };
  readonly made_at: string;
  readonly color: Color;
  readonly verdict: Verdict;
  readonly alerts: readonly string[];
  readonly objectives: readonly Objective[];
  /** Whole runs of the week by outcome; partial and cancelled ones beside them. */
  readonly runs: {
    readonly total: number;
    readonly by_outcome: Readonly<Partial<Record<Outcome, number>>>;
    readonly left_out: number;
  };
  readonly promotions: readonly { readonly promotion: string; readonly outcome: Outcome; readonly state: string }[];
  /** The newest drift digest; null when there is none. */
  readonly drift: {
    readonly window: { readonly since: string; readonly until: string };
    readonly made_at: string;
    readonly findings: number;
    readonly usage: Verdict;
    readonly open: DriftSpell | null;
  } | null;
  readonly leases: {
    readonly issued: number;
    readonly ended_late: readonly LateLease[];
    /** Their time is over and no end is written down. */
    readonly no_end: readonly Pick<LateLease, 'role' | 'run' | 'expires'>[];
  };
  /** Gates that a run needed and did not get, the most frequent first. */
  readonly gates: readonly BlockingGate[];
  /** What the trail does not vouch for. */
  readonly problems: readonly string[];
  /** Every whole run of the longer time, for the chart. */
  readonly points: readonly { readonly started: string; readonly ms: number; readonly outcome: Outcome }[];
}

export interface LateLease {
  readonly role: string;
  readonly run: string;
  readonly expires: string;
  readonly ended: string;
  readonly late_ms: number;
}

export interface BlockingGate {
  readonly id: string;
  readonly title: string;
  readonly no_go: number;
  readonly unproven: number;
  readonly runs: number;
}

/**
 * Measures a week.
 * @param week `2026-W47`
 * @throws USAGE_WEEK
 */
export function weeklyReport(project: Project, evidence: WeekEvidence, week: string, now: Date): WeeklyReport {
  const settings = project.config.objectives;
  const window = weekWindow(week);
  const over = { since: new Date(window.until.getTime() - parseDuration(settings.over)), until: window.until };
  const times: Times = { week: window, over, now };
  const runs = runsIn(evidence.runs, window);
  const objectives = measureObjectives(settings, evidence, times);
  const leases = leasesOf(
    evidence.runs.filter(({ startedAt }) => isIn(startedAt, window)),
    now,
  );
  const alerts = alertsOf(evidence, runs, leases, window);
  const color = overall(objectives, alerts, evidence.problems, runs.length);
  return {
    kind: 'weekly',
    project: project.config.project,
    week,
    window: inWords(window),
    over: { ...inWords(over), setting: settings.over },
    made_at: now.toISOString(),
    color,
    verdict: verdictOf[color],
    alerts,
    objectives,
    runs: {
      total: runs.length,
      by_outcome: countsOf(runs),
      left_out: evidence.runs.filter(({ startedAt }) => isIn(startedAt, window)).length - runs.length,
    },
    promotions: promotionsIn(evidence.promotions, window).map(({ promotionId, outcome, state }) => ({
      promotion: promotionId,
      outcome,
      state,
    })),
    drift: driftOf(evidence, window),
    leases,
    gates: blockingGates(runs),
    problems: evidence.problems,
    points: runsIn(evidence.runs, over).map(({ startedAt, durationMs, outcome }) => ({
      started: startedAt,
      ms: durationMs,
      outcome,
    })),
  };
}

const verdictOf = { green: 'go', yellow: 'go', red: 'no-go', 'no data': 'unproven' } as const;

/** A week without a run shows nothing, whatever the weeks before were like. */
function overall(
  objectives: readonly Objective[],
  alerts: readonly string[],
  problems: readonly string[],
  runs: number,
): Color {
  const color = worst([...objectives.map((objective) => objective.color), ...alerts.map((): Color => 'yellow')]);
  if (problems.length > 0 || color === 'red') return 'red';
  return runs === 0 ? 'no data' : color;
}

/** What somebody should look at, whether or not a promise is broken by it. */
function alertsOf(
  { runs: all, drifts }: WeekEvidence,
  runs: readonly Report[],
  leases: WeeklyReport['leases'],
  window: Window,
): string[] {
  const before = runsIn(all, { since: new Date(0), until: window.since }).at(-1);
  const inOrder = [...(before ? [before] : []), ...runs];
  const twice = inOrder.filter(({ outcome }, index) => outcome !== 'go' && isFailure(inOrder[index - 1]));
  const boundary = runs.filter(({ gates }) => gates.some(({ id, verdict }) => guarding.has(id) && verdict === 'no-go'));
  const open = spellsOf(drifts.filter(({ made_at }) => Date.parse(made_at) < window.until.getTime())).at(-1);
  return [
    ...twice.map(({ runId }) => `Run ${runId} is the second in a row that is not go.`),
    ...boundary.map(({ runId }) => `Run ${runId} found a hole in row-level security or in a boundary.`),
    ...(open?.until === null ? [`Drift since ${open.since}: ${open.findings} findings.`] : []),
    ...leases.ended_late.map(({ role, run }) => `The lease ${role} of run ${run} ended late.`),
    ...leases.no_end.map(({ role, run }) => `No end of the lease ${role} of run ${run} is written down.`),
  ];
}

const guarding: ReadonlySet<string> = new Set(['rls_active', 'boundary_isolated']);

function isFailure(run: Report | undefined): boolean {
  return run !== undefined && run.outcome !== 'go';
}

function leasesOf(runs: readonly Report[], now: Date): WeeklyReport['leases'] {
  const issued = runs.flatMap(({ runId, credentials }) => credentials.map((lease) => ({ ...lease, run: runId })));
  return {
    issued: issued.length,
    ended_late: issued.flatMap(lateness),
    no_end: issued
      .filter(({ endedAt, expiresAt }) => endedAt === undefined && Date.parse(expiresAt) < now.getTime())
      .map(({ role, run, expiresAt }) => ({ role, run, expires: expiresAt })),
  };
}

function lateness({ role, run, expiresAt, endedAt }: IssuedCredential & { run: string }): LateLease[] {
  if (endedAt === undefined) return [];
  const late = Date.parse(endedAt) - Date.parse(expiresAt);
  return late > 0 ? [{ role, run, expires: expiresAt, ended: endedAt, late_ms: late }] : [];
}

function blockingGates(runs: readonly Report[]): BlockingGate[] {
  const needed = runs.flatMap(({ gates }) => gates.filter(({ required }) => required));
  return Object.values(Object.groupBy(needed, ({ id }) => id))
    .map((gates) => ({
      id: gates[0]!.id,
      title: gates[0]!.title,
      no_go: gates.filter(({ verdict }) => verdict === 'no-go').length,
      unproven: gates.filter(({ verdict }) => verdict === 'unproven').length,
      runs: gates.length,
    }))
    .filter(({ no_go, unproven }) => no_go + unproven > 0)
    .sort((a, b) => b.no_go + b.unproven - a.no_go - a.unproven || b.no_go - a.no_go);
}

function driftOf({ drifts }: WeekEvidence, { until }: Window): WeeklyReport['drift'] {
  const known = drifts.filter(({ made_at }) => Date.parse(made_at) < until.getTime());
  const newest = known.at(-1);
  if (!newest) return null;
  const spell = spellsOf(known).at(-1);
  const { window, made_at, usage } = newest;
  const open = spell?.until === null ? spell : null;
  return { window, made_at, findings: findingsOf(newest), usage: usage.verdict, open };
}

function countsOf(runs: readonly Report[]): WeeklyReport['runs']['by_outcome'] {
  const groups = Object.entries(Object.groupBy(runs, ({ outcome }) => outcome));
  return Object.fromEntries(groups.map(([outcome, group]) => [outcome, group.length]));
}

function inWords({ since, until }: Window): { since: string; until: string } {
  return { since: since.toISOString(), until: until.toISOString() };
}
