import { styleText } from 'node:util';
import { oneLined } from '../../ops/visible.ts';
import type { Drift, Promotion, Ramp } from '../../stage/promotion/index.ts';
import { verdictStyles } from './styles.ts';

/** A promotion for a person: what stood in the way, what became of the target, and how to take it back. */
export function promotionText(promotion: Promotion): string {
  const { error } = promotion;
  const { outcome, state, target, durationMs, trail, measurements, settled, rollback } = oneLined(promotion);
  const findings = measurements
    .flatMap(({ findings: found }) => found)
    .filter(({ level, waived }) => level === 'error' && !waived);
  const unproven = measurements.filter(({ verdict }) => verdict === 'unproven');
  return [
    ...(error
      ? [
          '',
          `${styleText('red', error.code)}: ${error.message}`,
          ...(error.excerpt ? [error.excerpt] : []),
          ...(error.hint ? [`  ${error.hint}`] : []),
        ]
      : []),
    ...(findings.length > 0 ? [''] : []),
    ...findings.map(
      ({ object, detail, remedy }) =>
        `${styleText('red', 'error')} ${object}: ${detail}${remedy ? `\n  ${remedy}` : ''}`,
    ),
    ...unproven.map(
      ({ title, reason }) => `${styleText('yellow', 'unproven')} ${title}: ${reason ?? 'examined nothing'}`,
    ),
    ...settled.map(({ promotionId, state: left }) => `earlier: ${promotionId} left the target ${left}`),
    '',
    styleText('bold', 'To take it back'),
    ...rollback.map((step) => `  ${step}`),
    '',
    `${styleText(['bold', verdictStyles[outcome]], outcome.toUpperCase())}  ${target} is ${state}, in ${durationMs} ms${promotion.isDryRun ? ' (dry run)' : ''}`,
    ...(trail ? [`Close-out ${trail.number} in ${trail.file}, sha256 ${trail.sha256}`] : []),
    '',
  ].join('\n');
}

/** A drift for a person. */
export function driftText({ target, serverVersion, rehearsedOn, migrations, differences, notCompared }: Drift): string {
  return [
    `${target}, Postgres ${serverVersion}, against ${migrations} migrations rehearsed on Postgres ${rehearsedOn}`,
    ...differences.map(({ kind, object, change, fields }) => {
      const what =
        change === 'added' ? 'only on the target' : change === 'removed' ? 'only in the repository' : 'different';
      const values = fields.map(
        ({ field, before, after }) =>
          `\n    ${field}: ${shown(before)} in the repository, ${shown(after)} on the target`,
      );
      return `  ${kind} ${object}: ${what}${values.join('')}`;
    }),
    ...notCompared.map((what) => styleText('dim', `  not compared: ${what}`)),
    differences.length === 0 ? styleText('green', 'no drift') : styleText('red', `${differences.length} differences`),
    '',
  ].join('\n');
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A ramp for a person: what each share did, and why it ended. */
export function rampText({ stages, verdict, percent }: Ramp): string {
  const findings = stages.flatMap(({ measurements }) => measurements.flatMap((one) => one.findings));
  return [
    ...stages.map((stage) => `${`${stage.percent} %`.padStart(5)}  ${stage.summary}, looked at ${stage.looks} times`),
    ...findings.map(({ object, detail }) => `${styleText('red', 'error')} ${object}: ${detail}`),
    `${styleText(['bold', verdictStyles[verdict]], verdict.toUpperCase())}  ${percent} % of the ingest is live`,
    '',
  ].join('\n');
}
