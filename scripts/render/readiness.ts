import { styleText } from 'node:util';
import type { Criterion, Readiness, SignOff } from '../../stage/readiness/index.ts';
import { verdictStyles } from './styles.ts';

const signOffStyles = { signed: 'green', missing: 'yellow', refused: 'red' } as const;

/** Readiness for a person: criteria, sign-offs, what is missing, and the verdict. */
export function readinessText(readiness: Readiness): string {
  const { run, criteria, signOffs, missing, verdict, commit } = readiness;
  const shown = run ? `run ${run.runId}, close-out ${run.entry}` : 'no run counts';
  const width = Math.max(...criteria.map(({ title }) => title.length));
  return [
    `Commit ${commit ?? 'none'}: ${shown}`,
    '',
    ...criteria.map((criterion) => criterionLine(criterion, width)),
    '',
    ...signOffs.map(signOffLine),
    ...(missing.length > 0 ? ['', styleText('bold', 'Missing'), ...missing.map((what) => `  ${what}`)] : []),
    '',
    styleText(['bold', verdictStyles[verdict]], verdict.toUpperCase()),
    '',
  ].join('\n');
}

/** Who signed a run. */
export function signOffsText(runId: string | null, signOffs: readonly SignOff[]): string {
  return [
    runId ? `Run ${runId}` : 'No run counts, so nobody can have signed it.',
    ...signOffs.map(signOffLine),
    '',
  ].join('\n');
}

function criterionLine(
  { title, verdict, examined, violations, ageMs, required, evidence, reasons }: Criterion,
  width: number,
): string {
  const measured = `${examined.toLocaleString('en')} examined, ${violations} violations`;
  const of = evidence.length > 0 ? `, by ${evidence.length} measurements ${ageInWords(ageMs)}` : '';
  const what = verdict === 'unproven' ? (reasons[0] ?? measured) : measured + of;
  return `  ${styleText(verdictStyles[verdict], verdict.padEnd(8))}  ${title.padEnd(width)}  ${what}${required ? '' : ' (not needed)'}`;
}

function ageInWords(ageMs: number | null): string {
  if (ageMs === null) return '';
  const minutes = Math.round(ageMs / 60_000);
  if (minutes < 120) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

function signOffLine({ role, status, name, signedAt, why }: SignOff): string {
  const who = name ? `${name}, ${signedAt}${why ? `: ${why}` : ''}` : '';
  return `  ${styleText(signOffStyles[status], status.padEnd(8))}  ${role.padEnd(18)}${who}`.trimEnd();
}
