import { line, table } from '../../../ops/markdown.ts';
import { factsOf, type Comparison } from './comparison.ts';
import { sectionsOf, type Section } from './sections.ts';

/** The comparison as Markdown. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { before, after, verdict } = comparison;
  return [
    `# Comparison: ${verdict}`,
    '',
    `Before: ${sideLine(before)}`,
    `After: ${sideLine(after)}`,
    ...sectionsOf(comparison).flatMap(sectionLines),
    '',
  ].join('\n');
}

function sideLine(side: Comparison['before']): string {
  const { what, when } = factsOf(side);
  return line(`${what}, ${when}`);
}

function sectionLines({ title, head, rows, none }: Section): string[] {
  if (rows.length === 0) return ['', `## ${title}`, '', none];
  return ['', `## ${title}`, '', table(head, rows)];
}
