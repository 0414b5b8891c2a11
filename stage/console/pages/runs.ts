import { markup, type Markup } from '../../../ops/page/index.ts';
import { runNamed } from '../api/runs.ts';
import type { ConsoleApp } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import type { RunList, RunSummary } from '../run-shelf.ts';
import { columnChart, legend } from './charts.ts';
import { chip, empty, numberHead, show, table, tiles } from './frame.ts';
import { runContent } from './run.ts';
import { count, duration, moment, percent } from './words.ts';

const inTrend = 48;
const inTable = 200;

export function runPages(app: ConsoleApp, desk: Desk): void {
  app.get('/runs', async (c) => {
    await need(c, desk, 'runs/read');
    return show(c, desk, { title: 'Runs', content: content(await desk.runs.list()) });
  });

  app.get('/runs/:runId', async (c) => {
    await need(c, desk, 'runs/read');
    const report = await runNamed(desk, c.req.param('runId'));
    return show(c, desk, { title: `Run ${report.runId}`, content: runContent(report) });
  });
}

function content({ runs, unreadable }: RunList): Markup {
  const broken = unreadable.map(({ file, reason }) => markup`<p class="note no-go">${file}: ${reason}.</p>`);
  if (runs.length === 0) {
    return markup`<h1>Runs</h1>${broken}${empty('No run yet', 'Rehearse a change with “drydock run”; its report appears here.')}`;
  }
  const more = runs.length > inTable ? markup`<p class="soft">The newest ${inTable} of ${runs.length}.</p>` : null;
  return markup`<h1>Runs</h1>${broken}${summary(runs)}<h2>Trend</h2>${trend(runs.slice(0, inTrend).reverse())}<h2>All runs</h2>${runTable(runs.slice(0, inTable))}${more}`;
}

function summary(runs: readonly RunSummary[]): Markup {
  const go = runs.filter(({ outcome }) => outcome === 'go').length;
  const durations = runs.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  return tiles([
    [runs[0]!.outcome, 'the newest', runs[0]!.outcome !== 'go'],
    [count(runs.length), runs.length === 1 ? 'run' : 'runs'],
    [percent(go / runs.length), 'went go'],
    [duration(durations[durations.length >> 1]!), 'median time'],
  ]);
}

function trend(runs: readonly RunSummary[]): Markup {
  const columns = runs.map(({ runId, outcome, startedAt, durationMs }) => ({
    label: startedAt.slice(5, 10),
    parts: [{ kind: outcome, value: durationMs / 1_000 }],
    title: `${outcome} in ${duration(durationMs)}, ${startedAt.slice(0, 16).replace('T', ' ')}, ${runId}`,
    href: `/runs/${encodeURIComponent(runId)}`,
  }));
  const chart = columnChart('How long the last runs took, and how they ended', columns, (value) => `${value} s`);
  return markup`${chart}${legend([
    ['go', 'go'],
    ['failed', 'no-go or failed'],
    ['denied', 'unproven or cancelled'],
  ])}`;
}

function runTable(runs: readonly RunSummary[]): Markup {
  const rows = runs.map(
    ({
      runId,
      outcome,
      startedAt,
      durationMs,
      provider,
      actor,
      commit,
      gatesGo,
      gates,
    }) => markup`<tr><td>${chip(outcome, outcome)}</td>
<td data-label="started (UTC)"><a href="/runs/${encodeURIComponent(runId)}">${moment(startedAt)}</a></td><td data-label="gates go" class="number">${gatesGo} of ${gates}</td><td data-label="took" class="number">${duration(durationMs)}</td>
<td data-label="provider" class="name">${provider}</td><td data-label="actor" class="name">${actor}</td><td data-label="commit"><code>${commit === null ? '–' : commit.slice(0, 12)}</code></td></tr>\n`,
  );
  const heads = ['outcome', 'started (UTC)', numberHead('gates go'), numberHead('took'), 'provider', 'actor', 'commit'];
  return table('All runs', heads, rows, 'stack');
}
