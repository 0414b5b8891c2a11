/** What every page of Drydock has in common: light or dark as the reader has it, narrow on a phone, dark on white on paper. */
export const baseStyle = `
:root { color-scheme: light dark; --back: #fff; --ink: #1b1f24; --soft: #5d6773; --line: #e2e6ea; --card: #f6f8fa; --blue: #0a5fb4;
  --green: #1a7f37; --red: #c62430; --amber: #8f5f00; --grey: #66707b;
  --green-tint: #e3f6e8; --red-tint: #fdeaeb; --amber-tint: #fff3d6; --grey-tint: #eef1f4; }
@media (prefers-color-scheme: dark) { :root { --back: #0f1318; --ink: #e4e8ec; --soft: #949ea9; --line: #2a3138; --card: #171c22; --blue: #6cb4f5;
  --green: #46c065; --red: #ff6b6b; --amber: #e0a52c; --grey: #98a2ad;
  --green-tint: #122c1a; --red-tint: #3a1719; --amber-tint: #33270a; --grey-tint: #20262d; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1.25rem 4rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.go { --tone: var(--green); --tint: var(--green-tint); } .no-go { --tone: var(--red); --tint: var(--red-tint); }
.unproven { --tone: var(--amber); --tint: var(--amber-tint); } .neutral { --tone: var(--grey); --tint: var(--grey-tint); }
header { padding: 1.5rem 1.75rem; border-radius: 12px; background: var(--tint); border-left: 8px solid var(--tone); }
header p { margin: 0; } .project { font-weight: 600; color: var(--soft); } .why { font-size: 1.1rem; }
h1 { font-size: clamp(2.2rem, 7vw, 3.4rem); font-weight: 800; line-height: 1.1; letter-spacing: -.02em; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .75rem; } h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .6rem 1.5rem; margin: 1.25rem 0 0; font-size: .9rem; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .9rem .5rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 500; font-size: .85rem; } .dense td { padding-block: .3rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.chip { display: inline-block; padding: 0 .55em; border-radius: 1em; background: var(--tint); color: var(--tone); font-weight: 650; font-size: .85em; white-space: nowrap; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .88em; } code { overflow-wrap: anywhere; }
.soft { color: var(--soft); } .small { font-size: .85em; } a { color: var(--blue); }
.wide { overflow-x: auto; } .wide svg { display: block; }
@media (max-width: 44rem) { body { padding: .75rem .75rem 3rem; } header { padding: 1.1rem 1rem; } dl { grid-template-columns: 1fr 1fr; } th, td { padding-right: .6rem; } }
@media print { :root { color-scheme: light; --back: #fff; --ink: #000; --soft: #444; --line: #ccc; --card: #fff; --blue: #000; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 9.5pt; } h2, h3 { break-after: avoid; } tr, header { break-inside: avoid; }
  .wide { overflow: visible; } .wide svg { max-width: 100%; height: auto; } }
`;
