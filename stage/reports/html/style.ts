/** The boundary matrix and its legend; also of the pages of the console. */
export const heatStyle = `.heat { border-collapse: separate; border-spacing: 3px; width: auto; } .heat th, .heat td { border: 0; padding: .35rem .7rem; white-space: nowrap; }
.heat thead th { text-align: center; } .heat th:first-child { text-align: left; padding-left: 0; }
.heat tbody th { font-weight: 500; position: sticky; left: 0; background: var(--back); }
.heat td { border-radius: 5px; text-align: center; min-width: 5.5rem; } .heat .nothing { color: var(--soft); background: var(--card); }
.enter { background: var(--enter); } .read { background: var(--read); } .write { background: var(--write); } .rule { background: var(--rule); }
.heat .wrong { outline: 2px solid var(--red); outline-offset: -2px; color: var(--red); font-weight: 700; }
.keys { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; font-size: .85rem; margin: .75rem 0 .25rem; }
.keys i { display: inline-block; width: 1em; height: 1em; border-radius: 3px; margin-right: .4em; vertical-align: -.12em; } .keys .wrong { border: 2px solid var(--red); }
`;

/** The style of the page: light or dark as the reader has it, narrow on a phone, dark on white on paper. */
export const style = `
:root { color-scheme: light dark; --back: #fff; --ink: #1b1f24; --soft: #5d6773; --line: #e2e6ea; --card: #f6f8fa;
  --green: #1a7f37; --red: #c62430; --amber: #8f5f00; --grey: #66707b; --on: #fff;
  --green-tint: #e3f6e8; --red-tint: #fdeaeb; --amber-tint: #fff3d6; --grey-tint: #eef1f4;
  --enter: #dfe8ee; --read: #cfe8fb; --write: #fde9a3; --rule: #fbc9a0; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --ink: #e4e8ec; --soft: #949ea9; --line: #2a3138; --card: #171c22;
  --green: #46c065; --red: #ff6b6b; --amber: #e0a52c; --grey: #98a2ad; --on: #0f1318;
  --green-tint: #122c1a; --red-tint: #3a1719; --amber-tint: #33270a; --grey-tint: #20262d;
  --enter: #24323d; --read: #14344c; --write: #4b3d05; --rule: #5c2f0c; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1.25rem 4rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.go, .done { --tone: var(--green); --tint: var(--green-tint); }
.no-go, .failed, .error, .blocked { --tone: var(--red); --tint: var(--red-tint); }
.unproven, .cancelled, .warning { --tone: var(--amber); --tint: var(--amber-tint); }
.waived, .skipped { --tone: var(--grey); --tint: var(--grey-tint); }
header { padding: 1.5rem 1.75rem; border-radius: 12px; background: var(--tint); border-left: 8px solid var(--tone); }
header p { margin: 0; } .project { font-weight: 600; color: var(--soft); } .why { font-size: 1.1rem; }
h1 { font-size: clamp(2.6rem, 8vw, 4rem); font-weight: 800; line-height: 1.1; letter-spacing: -.02em; margin: 0 0 .25rem; color: var(--tone); }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .75rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .6rem 1.5rem; margin: 1.25rem 0 0; font-size: .9rem; }
dl div:last-child:nth-child(n + 8) { grid-column: 1 / -1; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .9rem .5rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; font-size: .85rem; } .dense td { padding-block: .3rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } td.number:last-child, th.number:last-child { padding-right: 0; }
td.number.no-go { color: var(--tone); font-weight: 700; }
.chip { display: inline-block; padding: 0 .55em; border-radius: 1em; background: var(--tint); color: var(--tone); font-weight: 650; font-size: .85em; white-space: nowrap; }
code, pre, .heat td { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .88em; }
code { overflow-wrap: anywhere; } .object { font-weight: 650; }
pre { background: var(--back); border: 1px solid var(--line); padding: .75rem; overflow-x: auto; border-radius: 6px; margin: .5rem 0; }
.soft { color: var(--soft); } .small { font-size: .85em; }
.finding { border: 1px solid var(--line); border-left: 4px solid var(--tone); border-radius: 8px; background: var(--card); padding: .7rem 1rem; margin: .6rem 0; overflow-wrap: anywhere; }
.finding p { margin: 0; } .finding p + p { margin-top: .3rem; } .remedy::before { content: "→ "; color: var(--soft); }
.wide { overflow-x: auto; } .wide svg { display: block; }
${heatStyle}.steps { list-style: none; margin: 0; padding: 0; }
.steps li { display: grid; grid-template-columns: 6rem 5.5rem minmax(10rem, 2fr) 3fr; gap: 0 1rem; align-items: center; padding: .3rem 0; border-bottom: 1px solid var(--line); }
.steps b { font-weight: 600; } .steps .what { overflow-wrap: anywhere; font-size: .93em; }
.bar { position: relative; height: 1.4rem; background: repeating-linear-gradient(90deg, var(--line) 0 1px, transparent 1px 25%); border-right: 1px solid var(--line); }
.bar i { position: absolute; top: .25rem; bottom: .25rem; min-width: 3px; border-radius: 3px; background: var(--tone); }
.axis { display: flex; justify-content: space-between; margin: .25rem 0 0; } .steps + .axis { margin-left: 13.5rem; width: calc((100% - 14.5rem) * .4); }
@media (max-width: 44rem) { body { padding: .75rem .75rem 3rem; } header { padding: 1.1rem 1rem; } dl { grid-template-columns: 1fr 1fr; }
  dl div:nth-child(n + 8), dl div:first-child { grid-column: 1 / -1; } th, td { padding-right: .6rem; }
  .steps li { grid-template-columns: 1fr auto; padding: .5rem 0; } .steps .bar, .steps .what { grid-column: 1 / -1; } .steps .bar { height: 1.1rem; }
  .steps + .axis { margin-left: 0; width: auto; } }
@media print { :root { color-scheme: light; --back: #fff; --ink: #000; --soft: #444; --line: #ccc; --card: #fff;
    --green: #176b30; --red: #a81c28; --amber: #7a5100; --grey: #555; --green-tint: #eaf6ed; --red-tint: #fcefef; --amber-tint: #fff7e3; --grey-tint: #f1f1f1;
    --enter: #f3f7fa; --read: #d9edfb; --write: #fdeeb8; --rule: #fbd6b8; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 9.5pt; } h2 { break-after: avoid; } tr, .finding, .steps li, header { break-inside: avoid; }
  .wide { overflow: visible; } .heat td { min-width: 0; } .heat th, .heat td { padding: .25rem .4rem; } .wide svg { max-width: 100%; height: auto; } }
`;
