/** What was found out, and how it is judged. Gates are decided from measurements and from nothing else. */

export type Verdict = 'go' | 'no-go' | 'unproven';
export type Severity = 'error' | 'warning';

/** Why a finding is not held against the run, who says so, and until the end of which day. */
export interface Waiver {
  readonly reason: string;
  readonly owner: string;
  readonly expires: string;
}

/** One violation. */
export interface Finding {
  readonly level: Severity;
  readonly object: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly file?: string;
  readonly line?: number;
  /** How many violations it stands for; one without it. */
  readonly count?: number;
  /** Set when it is not held against the run. */
  readonly waived?: Waiver;
}

/** One thing that was looked at: by a check, a probe or a count. */
export interface Measurement {
  /** `check/rls`, `probe/rights`, `meter/errors` … */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly examined: number;
  readonly violations: number;
  readonly threshold: number;
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  /** Why nothing could be concluded, when the verdict is `unproven`. */
  readonly reason?: string;
}

/** Makes a measurement; its verdict follows from the numbers. */
export function measured(
  facts: Omit<Measurement, 'verdict' | 'severity' | 'threshold'> & Partial<Pick<Measurement, 'severity' | 'threshold'>>,
): Measurement {
  const { severity = 'error', threshold = 0, examined, violations } = facts;
  return { ...facts, severity, threshold, verdict: judge({ severity, threshold, examined, violations }) };
}

/** A measurement that could not be made. It never counts as `go`. */
export function notMeasured(id: string, title: string, reason: string): Measurement {
  return { ...measured({ id, title, examined: 0, violations: 0, findings: [] }), reason };
}

/** What examined nothing is unproven, whatever else it says. A warning is reported and blocks nothing. */
function judge(facts: Pick<Measurement, 'severity' | 'threshold' | 'examined' | 'violations'>): Verdict {
  if (facts.examined <= 0) return 'unproven';
  const exceeded = facts.violations > facts.threshold;
  return exceeded && facts.severity === 'error' ? 'no-go' : 'go';
}

/** The verdict over several: one `no-go` decides, then one `unproven`; over nothing it is `unproven`. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('no-go')) return 'no-go';
  if (verdicts.includes('unproven') || verdicts.length === 0) return 'unproven';
  return 'go';
}
