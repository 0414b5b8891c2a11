/** What the inventory's page has beside the common style. */
export const style = `
h1 { color: var(--ink); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .75rem; margin-top: 1.5rem; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.meter { position: relative; display: inline-block; width: 9rem; height: .6rem; border-radius: 3px; background: var(--grey-tint); overflow: hidden; }
.meter i { position: absolute; inset: 0 auto 0 0; background: var(--blue); }
.search { width: 100%; max-width: 28rem; padding: .5rem .8rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 8px; }
.sortable { cursor: pointer; } .sortable::after { content: " ↕"; opacity: .5; }
summary { cursor: pointer; overflow-wrap: anywhere; } summary:hover { color: var(--blue); }
details table { margin: .4rem 0 .8rem; font-size: .88em; } details p { margin: .3rem 0; overflow-wrap: anywhere; }
tr:target > td { background: var(--amber-tint); }
.er { font: 12px ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.er rect { fill: var(--card); stroke: var(--grey); } .er line { stroke: var(--line); }
.er text { fill: var(--ink); } .er .name { font-weight: 700; } .er .plain { fill: var(--soft); }
.er path { fill: none; stroke: var(--grey); stroke-width: 1.3; } .er path:hover { stroke: var(--blue); stroke-width: 3; }
.er a { text-decoration: none; } .er a:hover rect { stroke: var(--blue); stroke-width: 2; }
@media print { .search, .sortable::after { display: none; } }
`;

/** Filters the rows of a table by what is typed above it, and sorts them by a heading that is clicked. */
export const script = `
for (const field of document.querySelectorAll('.search')) {
  const table = document.getElementById(field.dataset.table), body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [row, row.textContent.toLowerCase()]);
  const count = field.nextElementSibling;
  field.hidden = false;
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\\s+/);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    count.textContent = field.value ? shown + ' of ' + rows.length : '';
  });
  for (const head of table.tHead.querySelectorAll('.sortable')) {
    head.addEventListener('click', () => {
      const by = ([row]) => Number(row.cells[head.cellIndex].dataset.value ?? -1);
      rows.sort((a, b) => by(b) - by(a));
      body.append(...rows.map(([row]) => row));
    });
  }
}
addEventListener('hashchange', () => document.querySelector(location.hash + ' details')?.setAttribute('open', ''));
`;
