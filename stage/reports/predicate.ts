import type { Report } from '../report.ts';

/** The type of the predicate below, for `actions/attest` and whoever verifies it. */
export const predicateType = 'urn:drydock:verdict:v1';

/** What a signed attestation says about a run: the verdict, what decided it, and the sha256 of each evidence. */
export function predicateOf(report: Report): string {
  const { runId, outcome, project, commit, version, provider, serverVersion, startedAt, gates, evidence, trail } =
    report;
  const predicate = {
    run: runId,
    verdict: outcome,
    project,
    commit,
    drydock: version,
    provider,
    postgres: serverVersion,
    startedAt,
    gates: gates.map(({ id, verdict, required, examined, violations }) => ({
      id,
      verdict,
      required,
      examined,
      violations,
    })),
    evidence: evidence.map(({ name, sha256 }) => ({ name, sha256 })),
    trail: trail && { entry: trail.number, sha256: trail.sha256 },
  };
  return `${JSON.stringify(predicate, null, 2)}\n`;
}
