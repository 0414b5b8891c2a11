import { styleText } from 'node:util';
import { counted } from '../../ops/counted.ts';
import { oneLined } from '../../ops/visible.ts';
import type { Measurement, Severity, Verdict } from '../../stage/measurement.ts';
import { findingText } from './screen.ts';
import { verdictStyles } from './styles.ts';

/** Every finding with its place, errors last, where they are read first; then the verdict. */
export function lintText(verdict: Verdict, measurements: readonly Measurement[]): string {
  const found = oneLined(measurements).flatMap(({ id, findings }) => findings.map((finding) => ({ id, finding })));
  const counting = (level: Severity) => found.filter(({ finding }) => finding.level === level && !finding.waived);
  const errors = counting('error');
  const others = found.filter((each) => !errors.includes(each));
  const statements = measurements[0]!.examined;
  const said = styleText(['bold', verdictStyles[verdict]], verdict.toUpperCase());
  const counts = `${counted(statements, 'statement')}: ${counted(errors.length, 'error')}, ${counted(counting('warning').length, 'warning')}`;
  return [...[...others, ...errors].map(({ id, finding }) => findingText(id, finding)), `${said}  ${counts}`, ''].join(
    '\n',
  );
}
