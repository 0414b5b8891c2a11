import type { Config } from '../ops/config/index.ts';
import { measured, type Finding, type Measurement } from './measurement.ts';

/** A finding, by measurement and object, that somebody answers for until a day. */
export type WaiverOrder = Config['waivers'][number];

/** The measurement that judges the waivers themselves. */
export const waiversInForce = 'waivers/in-force';
const dayMs = 86_400_000;

/**
 * Takes waived findings out of the count of violations; they stay in the report, with the waiver beside them. What was
 * not measured stays unproven: a waiver answers for a finding, not for a look that nobody took.
 * @returns the measurements, and one more about the waivers: an expired one is a violation, whatever it once waived
 */
export function applyWaivers(
  waivers: readonly WaiverOrder[],
  measurements: readonly Measurement[],
  now: Date,
): Measurement[] {
  const inForce = waivers.filter((waiver) => !isExpired(waiver, now));
  return [...measurements.map((measurement) => waive(measurement, inForce)), judge(waivers, measurements, now)];
}

/** A planted fault is waived under this name and its kind: `fault/link_orphaned`. Only a self-test can have it as a finding. */
const faultPrefix = 'fault/';

/** The waiver in force for a fault that nothing catches, by its kind and object. */
export function waiverOfFault(
  waivers: readonly WaiverOrder[],
  fault: { readonly kind: string; readonly object: string },
  now: Date,
): WaiverOrder | undefined {
  return waivers.find(
    (waiver) =>
      waiver.finding === `${faultPrefix}${fault.kind}` && waiver.object === fault.object && !isExpired(waiver, now),
  );
}

/** A waiver holds through its last day, in UTC. */
function isExpired({ expires }: WaiverOrder, now: Date): boolean {
  return now.getTime() >= Date.parse(expires) + dayMs;
}

function waive(measurement: Measurement, waivers: readonly WaiverOrder[]): Measurement {
  const findings = measurement.findings.map((finding) => waived(measurement, finding, waivers));
  const taken = findings.filter((finding) => finding.waived).reduce((sum, { count = 1 }) => sum + count, 0);
  if (taken === 0) return measurement;
  return measured({ ...measurement, findings, violations: Math.max(0, measurement.violations - taken) });
}

function waived({ id }: Measurement, finding: Finding, waivers: readonly WaiverOrder[]): Finding {
  const waiver = waivers.find((known) => known.finding === id && known.object === finding.object);
  if (!waiver) return finding;
  const { reason, owner, expires } = waiver;
  return { ...finding, waived: { reason, owner, expires } };
}

function judge(waivers: readonly WaiverOrder[], measurements: readonly Measurement[], now: Date): Measurement {
  const expired = waivers.filter((waiver) => isExpired(waiver, now));
  const ofRuns = waivers.filter(({ finding }) => !finding.startsWith(faultPrefix));
  const idle = ofRuns.filter((waiver) => !expired.includes(waiver) && !hasFinding(waiver, measurements));
  return measured({
    id: waiversInForce,
    title: 'Every waiver is in force',
    examined: waivers.length,
    violations: expired.length,
    findings: [
      ...expired.map((waiver): Finding => ({
        level: 'error',
        object: nameOf(waiver),
        detail: `the waiver of ${waiver.owner} expired on ${waiver.expires}: ${waiver.reason}`,
        remedy: 'Mend what it waived and remove it, or have its owner renew it.',
      })),
      ...idle.map((waiver): Finding => ({
        level: 'warning',
        object: nameOf(waiver),
        detail: `the waiver of ${waiver.owner} matches no finding of this run`,
        remedy: 'Remove it, or correct the names in it.',
      })),
    ],
  });
}

function hasFinding({ finding, object }: WaiverOrder, measurements: readonly Measurement[]): boolean {
  return measurements.some(({ id, findings }) => id === finding && findings.some((found) => found.object === object));
}

function nameOf({ finding, object }: WaiverOrder): string {
  return `${finding} ${object}`;
}
