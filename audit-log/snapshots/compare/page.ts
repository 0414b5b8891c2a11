import { factList, markup, page, section, type Markup } from '../../../ops/page/index.ts';
import { factsOf, type Comparison } from './comparison.ts';
import { sectionsOf, type Section } from './sections.ts';

const why = {
  go: 'Nothing changed.',
  'no-go': 'Something changed.',
  unproven: 'Not everything could be compared.',
};

/** The comparison as one page that needs no network. */
export function comparisonPage(comparison: Comparison): string {
  const { before, after, verdict } = comparison;
  return page({
    title: `Comparison: ${verdict}`,
    header: markup`<header class="${verdict}"><p class="project">Before and after</p><h1>${verdict}</h1>
<p class="why">${why[verdict]}</p>${factList([...facts('before', before), ...facts('after', after)])}</header>`,
    sections: sectionsOf(comparison).map((one) => section(one.title, tableOf(one))),
  });
}

function facts(name: string, side: Comparison['before']): [string, string][] {
  const { when, what } = factsOf(side);
  return [
    [name, when],
    ['folder' in side ? `code ${name}` : `database ${name}`, what],
  ];
}

function tableOf({ head, rows, none }: Section): Markup {
  if (rows.length === 0) return markup`<p class="soft">${none}</p>`;
  const cells = (row: readonly string[]) =>
    row.map((text) => markup`<td class="${/^[+-]?\d+$/.test(text) ? 'number' : ''}">${text}</td>`);
  return markup`<div class="wide"><table class="dense"><thead><tr>${head.map((name) => markup`<th>${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => markup`<tr>${cells(row)}</tr>\n`)}</tbody></table></div>`;
}
