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
  return `${what}, ${when}`;
}

function sectionLines({ title, head, rows, none }: Section): string[] {
  if (rows.length === 0) return ['', `## ${title}`, '', none];
  const lines = [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return ['', `## ${title}`, '', ...lines.map((line) => `| ${line.join(' | ')} |`)];
}

/** What stood in the database must not become markup. */
function cell(text: string): string {
  return text.replace(/[\\|`<>*_[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
