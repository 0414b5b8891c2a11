import { styleText } from 'node:util';
import { counted } from '../../ops/counted.ts';
import type { Delta, Fixed } from '../../stage/fixes/index.ts';

/** A line per fix: what it is called, what it does, whose findings it mends. */
export function fixesText(
  fixes: readonly { name: string; title: string; check: string; csv: readonly string[] | null }[],
): string {
  if (fixes.length === 0) return 'The project has no fixes.\n';
  return `${fixes.map(({ name, title, check, csv }) => `${name.padEnd(22)} ${title} (${check}${csv ? '; needs --csv' : ''})`).join('\n')}\n`;
}

/** What was done row by row, the findings before and after, and whether it stays. */
export function fixedText({ title, applied, changed, deltas, review }: Fixed): string {
  const lines = review.map((row) =>
    Object.entries(row)
      .map(([column, value]) => `${column} ${value === null ? 'null' : String(value)}`)
      .join('  '),
  );
  const verdict = applied
    ? styleText('green', `APPLIED  ${counted(changed, 'row')} changed`)
    : styleText(
        'yellow',
        `DRY RUN  ${counted(changed, 'row')} changed, and taken back; --apply and --staging-write-ok write it`,
      );
  return [title, ...lines.map((line) => `  ${line}`), '', ...deltas.map(deltaLine), verdict, ''].join('\n');
}

function deltaLine({ check, before, after }: Delta): string {
  const difference = after - before;
  return `  ${check.padEnd(32)} before ${before}, after ${after} (${difference > 0 ? '+' : ''}${difference})`;
}
