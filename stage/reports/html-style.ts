/** The style of the page: light or dark as the reader has it, and black on white on paper. */
export const style = `
:root { color-scheme: light dark; --back: #fff; --ink: #1c2128; --soft: #59636e; --line: #d8dee4; --card: #f6f8fa;
  --go: #1a7f37; --no-go: #cf222e; --unproven: #9a6700; --read: #ddf4ff; --write: #fff1b8; --rule: #ffd8b5; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --card: #151b23;
  --go: #3fb950; --no-go: #f85149; --unproven: #d29922; --read: #12314f; --write: #4a3a00; --rule: #5a2e0a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.1rem; font-weight: 600; margin: 0; color: var(--soft); }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
.verdict { font-size: 3rem; font-weight: 750; line-height: 1.1; margin: .25rem 0; letter-spacing: -.02em; }
.go { color: var(--go); } .no-go, .failed, .error { color: var(--no-go); } .unproven, .cancelled, .warning { color: var(--unproven); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: 1rem 0 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem .75rem .4rem 0; vertical-align: top; }
th { color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--line); } td { border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code, pre, .heat td { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .87em; }
pre { background: var(--card); border: 1px solid var(--line); padding: .75rem; overflow-x: auto; border-radius: 6px; }
.hash { overflow-wrap: anywhere; color: var(--soft); }
.bar { position: relative; height: 1.1rem; min-width: 14rem; } .bar i { position: absolute; top: .2rem; bottom: .2rem; min-width: 2px; border-radius: 3px; background: var(--go); }
.bar i.failed, .bar i.blocked { background: var(--no-go); } .bar i.cancelled { background: var(--unproven); }
.heat td { padding: .35rem .6rem; } .heat .read { background: var(--read); } .heat .write { background: var(--write); }
.heat .rule { background: var(--rule); } .heat .wrong { outline: 2px solid var(--no-go); outline-offset: -2px; }
.finding { border-left: 3px solid var(--line); padding: .1rem 0 .1rem .85rem; margin: .75rem 0; overflow-wrap: anywhere; }
.finding.error { border-color: var(--no-go); color: inherit; } .finding.warning { border-color: var(--unproven); color: inherit; }
.soft { color: var(--soft); } svg { max-width: 100%; height: auto; }
@media print { :root { color-scheme: light; --back: #fff; --ink: #000; --soft: #444; --line: #bbb; --card: #fff; }
  body { padding: 0; max-width: none; font-size: 10pt; } h2 { break-after: avoid; } tr, .finding { break-inside: avoid; } .wide { overflow: visible; } }
`;
