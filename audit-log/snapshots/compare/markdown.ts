import type { Comparison } from './compare.ts';
import { sectionsOf, type Section } from './sections.ts';

/** The comparison as Markdown. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { before, after, verdict } = comparison;
  return [
    `# Comparison: ${verdict}`,
    '',
    `Before: ${before.branch} at ${before.commit_sha}, ${before.snapshot_generated_at_utc}`,
    `After: ${after.branch} at ${after.commit_sha}, ${after.snapshot_generated_at_utc}`,
    ...sectionsOf(comparison).flatMap(sectionLines),
    '',
  ].join('\n');
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
