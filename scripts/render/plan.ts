import { styleText } from 'node:util';
import type { Plan, PlannedItem, PlannedStep } from '../../stage/plan.ts';

/** The plan for a person: the steps in order, and under each what it would do and as whom. */
export function planText({ project, database, file, steps }: Plan): string {
  const head = `${project}: a run on ${file} would make the database ${database} and, in this order:`;
  return `${[head, ...steps.map(stepText)].join('\n\n')}\n`;
}

function stepText({ name, title, items }: PlannedStep, index: number): string {
  const whatWidth = widest(items.map(({ what }) => what));
  const asWidth = widest(items.map(({ as }) => as ?? ''));
  const lines = items.map((item) => itemText(item, whatWidth, asWidth));
  const nothing = items.length === 0 ? [styleText('dim', '   nothing in this project')] : [];
  return [`${index + 1}. ${styleText('bold', name)}: ${title}`, ...lines, ...nothing].join('\n');
}

function itemText({ what, as, detail, rows }: PlannedItem, whatWidth: number, asWidth: number): string {
  const who = asWidth === 0 ? '' : `  ${(as ?? '').padEnd(asWidth)}`;
  const expected = rows === null ? '' : `, ${rows} rows`;
  return `   ${what.padEnd(whatWidth)}${who}  ${detail}${expected}`;
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}
