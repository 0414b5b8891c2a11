import { markup, type Markup } from '../../markup.ts';
import { matrixGrid, matrixLegend } from '../../matrix-grid.ts';
import type { MatrixRow } from '../../report.ts';

/** What a cell allows at most, from the hottest down, by the letters of the grid. */
const heats = [
  { name: 'rule', letters: /[CTG]/, meaning: 'rules: creates, truncates, adds triggers' },
  { name: 'write', letters: /[IUDX]/, meaning: 'writes or calls' },
  { name: 'read', letters: /S/, meaning: 'reads' },
  { name: 'enter', letters: /[uctR]/, meaning: 'enters' },
] as const;

/** The observed rights, role by schema, coloured by the most that they allow. */
export function heatMap(matrix: readonly MatrixRow[]): Markup | null {
  if (matrix.length === 0) return null;
  const { headers, rows } = matrixGrid(matrix);
  const lines = rows.map(([role = '', ...cells]) => markup`<tr><th scope="row">${role}</th>${cells.map(cell)}</tr>\n`);
  return markup`<div class="wide"><table class="heat"><thead><tr>${headers.map((name) => markup`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${lines}</tbody></table></div>
<p class="keys">${heats.map(({ name, meaning }) => markup`<span><i class="${name}"></i>${meaning}</span>`)}<span><i class="wrong"></i>not as the contract says</span></p>
<p class="soft small">${matrixLegend}</p>`;
}

function cell(text: string): Markup {
  const heat = heats.find(({ letters }) => letters.test(text))?.name ?? 'nothing';
  return markup`<td class="${heat}${text.includes('!') ? ' wrong' : ''}">${text}</td>`;
}
