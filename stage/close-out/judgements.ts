import type { GateId } from '../../ops/config/index.ts';
import type { Verdict } from '../measurement.ts';
import type { Report } from '../report.ts';

interface Item {
  readonly done: boolean;
  readonly text: string;
}

/** The seed's checks before staging, each answered by a measurement of this run. */
export function preStagingChecks(report: Report): Item[] {
  const { credentials, serverVersion, provider } = report;
  return [
    item(serverVersion !== null, `Staging environment configured (${provider})`, serverVersion ?? 'no server answered'),
    item(isDone(report, 'bootstrap'), 'Bootstrap complete', summaryOf(report, 'bootstrap')),
    item(credentials.length > 0, 'Time-boxed credentials created', `${credentials.length} minted`),
    byMeasurement(report, 'RLS enforcement configured', 'check/rls_by_default'),
    byMeasurement(report, 'Audit logging enabled', 'check/audit_coverage'),
  ];
}

/** The seed's staging validation, each answered by a measurement of this run. */
export function stagingValidation(report: Report): Item[] {
  return [
    item(report.serverVersion !== null, 'Instance healthy', report.serverVersion ?? 'no server answered'),
    byMeasurement(report, 'Database accessible', 'check/connection'),
    byMeasurement(report, 'Schemas created', 'check/schemas'),
    byMeasurement(report, 'Extensions installed', 'check/extensions'),
    byMeasurement(report, 'RLS enabled by default', 'check/rls'),
    byMeasurement(report, 'The credential can connect', 'probe/lease'),
    byMeasurement(report, 'Permissions verified', 'probe/rights'),
  ];
}

/** Low where isolation, time-boxing and the trail were shown; each that was not is named. */
export function stagingRisk(report: Report): string {
  const needed = ['lease/ended', 'probe/rights', 'trail/verified'];
  const open = needed.filter((id) => verdictOfMeasurement(report, id) !== 'go');
  return open.length === 0
    ? 'Staging: LOW (isolated, time-boxed, on the trail)'
    : `Staging: ELEVATED (not shown: ${open.join(', ')})`;
}

/** Direct execution in production carries what no gate has proven. */
export function productionRisk({ gates }: Report): string {
  const open = gates.filter(({ verdict }) => verdict !== 'go');
  const blocked = open.some(({ verdict }) => verdict === 'no-go');
  const level = blocked ? 'HIGH' : open.length > 0 ? 'MEDIUM-HIGH' : 'MEDIUM';
  const names = open.map(({ title, verdict }) => `${title} is ${verdict}`).join('; ');
  return `Direct production execution: ${level} (${names || 'every gate is go; a backup and a window are still needed'})`;
}

/** The seed's five compliance notes, each with the gate or measurement that shows it. */
export function complianceNotes(report: Report): string[] {
  return [
    `Database first: ${byGate(report, 'scripts_complete')}`,
    `Boundaries enforced: ${byGate(report, 'boundary_isolated')}`,
    `RLS mandatory: ${byGate(report, 'rls_active')}`,
    `Audit trail: ${byGate(report, 'audit_trail_complete')}`,
    `Time-boxing: lease/ended is ${verdictOfMeasurement(report, 'lease/ended') ?? 'not measured'}`,
  ];
}

/** What to do next follows from the first thing that stands in the way. */
export function nextSteps({ outcome, error, gates }: Report): string[] {
  if (outcome === 'cancelled') return ['Run again: this run was cancelled.'];
  if (error) return [error.hint ?? `Look up ${error.code} in ops/runbooks/errors.md.`];
  const open = gates.filter(({ required, verdict }) => required && verdict !== 'go');
  if (open.length > 0) return open.map(({ title, verdict }) => `${title} is ${verdict}: mend it and run again.`);
  const missing = gates.filter(({ verdict }) => verdict !== 'go');
  return missing.map(({ title, verdict }) => `Before promotion: ${title} is ${verdict}.`);
}

function item(done: boolean, text: string, detail: string): Item {
  return { done, text: `${text}: ${detail}` };
}

function byMeasurement(report: Report, text: string, id: string): Item {
  const measurement = report.measurements.find((known) => known.id === id);
  if (!measurement) return item(false, text, `${id} was not measured`);
  const { verdict, examined, violations } = measurement;
  return item(verdict === 'go', text, `${id} examined ${examined}, ${violations} violations, ${verdict}`);
}

function byGate({ gates }: Report, id: GateId): string {
  const gate = gates.find((known) => known.id === id);
  return gate
    ? `${gate.title}: ${gate.verdict}, ${gate.examined} examined, ${gate.violations} violations`
    : `${id} was not decided`;
}

function verdictOfMeasurement({ measurements }: Report, id: string): Verdict | undefined {
  return measurements.find((known) => known.id === id)?.verdict;
}

function isDone({ steps }: Report, name: string): boolean {
  return steps.some((step) => step.name === name && step.status === 'done');
}

function summaryOf({ steps }: Report, name: string): string {
  return steps.find((step) => step.name === name)?.summary ?? 'not tried';
}
