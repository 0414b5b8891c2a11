import type { z } from '@hono/zod-openapi';
import type { Completeness, CostDigest, PrivacyDigest, SeriesPoint } from '../../../audit-log/digests/index.ts';
import { markup, type Markup } from '../../../ops/page/index.ts';
import { windowQuery } from '../api/schemas.ts';
import type { ConsoleApp, ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { notAccepted } from '../refusals.ts';
import { columnChart, legend, meter } from './charts.ts';
import { chip, empty, numberHead, show, table, tiles, toneOf } from './frame.ts';
import { bytes, count, duration, many, moment, percent } from './words.ts';

type Query = z.infer<typeof windowQuery>;

const windows = [
  [24, '24 hours'],
  [24 * 7, '7 days'],
  [24 * 30, '30 days'],
] as const;

export function dashboardPages(app: ConsoleApp, desk: Desk): void {
  app.get('/cost', async (c) => {
    await need(c, desk, 'finops/dashboard');
    const [query, dashboards] = [queryOf(c), await desk.dashboards(c.get('caller'), c.get('workspace'))];
    const [digest, series] = [await dashboards.cost(query.window_hours), await dashboards.series(query.window_hours)];
    return show(c, desk, { title: 'Cost', content: cost(query, digest, series) });
  });

  app.get('/privacy', async (c) => {
    await need(c, desk, 'privacy/dashboard');
    const [query, dashboards] = [queryOf(c), await desk.dashboards(c.get('caller'), c.get('workspace'))];
    const [digest, series] = [
      await dashboards.privacy(query.window_hours),
      await dashboards.series(query.window_hours),
    ];
    return show(c, desk, { title: 'Privacy', content: privacy(query, digest, series) });
  });
}

function queryOf(c: ConsoleContext): Query {
  const parsed = windowQuery.safeParse(c.req.query());
  if (parsed.success) return parsed.data;
  throw notAccepted(parsed.error);
}

function cost(query: Query, { totals, top, anomalies, ...head }: CostDigest, series: readonly SeriesPoint[]): Markup {
  const shown = markup`<h1>Cost</h1><p class="soft">What tool calls cost, in relative units, and who made them.</p>${controls('/cost', query)}${completeness(head)}`;
  if (totals.calls === 0) return markup`${shown}${noCalls}`;
  const { calls, cost_units: units, failed, denied, error_rate: rate } = totals;
  return markup`${shown}${tiles([
    [count(calls), 'calls'],
    [count(units), 'cost units'],
    [count(failed), 'failed', failed > 0],
    [count(denied), 'denied', denied > 0],
    [percent(rate), 'of calls failed'],
  ])}<h2>Calls over time</h2>${callChart(series)}<h2>Cost over time</h2>${columnChart('Cost units over time', columnsOf(series, 'cost_units'))}
${anomalies.length > 0 ? markup`<h2>Unlike the day before</h2>${anomalies.map((found) => markup`<p class="note unproven"><b>${found.tool}</b>: ${found.kind} at ${moment(found.hour)} were ${count(found.ratio)} times what they are on average</p>`)}` : null}
<div class="split">${(['tool', 'agent', 'user', 'workspace'] as const).flatMap((of) => topTable(of, top[of]) ?? [])}</div>`;
}

function privacy(
  query: Query,
  { findings, sizes, denied, retention, examined, ...head }: PrivacyDigest,
  series: readonly SeriesPoint[],
): Markup {
  const shown = markup`<h1>Privacy</h1><p class="soft">Whether events hold what they must not, what was refused, and whether retention is kept.</p>${controls('/privacy', query)}${completeness(head)}`;
  const kept = table(
    'Retention',
    ['verdict', 'place', numberHead('days'), 'oldest day'],
    retention.map(
      ({ place, days, oldest, verdict }) =>
        markup`<tr><td>${chip(verdict, verdict)}</td><td>${place}</td><td class="number">${days}</td><td>${oldest ?? '–'}</td></tr>\n`,
    ),
  );
  if (examined === 0) return markup`${shown}${noCalls}<h2>Retention</h2>${kept}`;
  const found = findings.map(
    ({ level, what, dimension, key, calls }) =>
      markup`<p class="note ${toneOf(level)}"><b>${what}</b> in the name of a ${dimension}: <code>${key}</code>, ${many(calls, 'call')}</p>`,
  );
  const most = Math.max(...sizes.largest.map(({ largest_out: size }) => size));
  return markup`${shown}${tiles([
    [count(findings.length), 'findings', findings.length > 0],
    [count(examined), 'names looked at'],
    [bytes(sizes.in_bytes), 'went in'],
    [bytes(sizes.out_bytes), 'came out'],
  ])}<h2>Personal data in names</h2>${found.length > 0 ? found : markup`<p class="soft">None was found.</p>`}
<h2>Bytes that came out</h2>${columnChart('Bytes that came out over time', columnsOf(series, 'out_bytes', bytes), bytes)}
<div class="split"><section><h2>Largest outputs</h2>${table(
    'Largest outputs',
    ['tool', '', numberHead('largest')],
    sizes.largest.map(
      ({ tool, largest_out: size }) =>
        markup`<tr><td class="name">${tool}</td><td>${meter(size, most)}</td><td class="number">${bytes(size)}</td></tr>\n`,
    ),
  )}</section><section><h2>Denied</h2>${
    denied.length > 0
      ? table(
          'Denied calls',
          ['agent', 'tool', numberHead('calls')],
          denied.map(
            ({ agent, tool, calls }) =>
              markup`<tr><td class="name">${agent}</td><td class="name">${tool}</td><td class="number">${count(calls)}</td></tr>\n`,
          ),
        )
      : markup`<p class="soft">Nothing was denied.</p>`
  }</section></div><h2>Retention</h2>${kept}`;
}

const noCalls = empty('No calls in this window', 'Choose a longer one, or send events to POST /v1/tool-events.');

function controls(path: string, { window_hours: hours, workspace = '' }: Query): Markup {
  const of = workspace === '' ? '' : `&workspace=${encodeURIComponent(workspace)}`;
  const links = windows.map(
    ([wide, name]) =>
      markup`<a href="${path}?window_hours=${wide}${of}"${wide === hours ? markup` aria-current="true"` : null}>${name}</a>`,
  );
  return markup`<div class="tools"><div class="windows" role="group" aria-label="Time window">${links}</div>
<form class="row" method="get" action="${path}"><input type="hidden" name="window_hours" value="${hours}"><label>Workspace<input name="workspace" value="${workspace}" placeholder="all that you may see" maxlength="128"></label><button>Show</button></form></div>`;
}

function completeness({
  completeness: { verdict, reason },
  source_backend: backend,
  as_of: asOf,
  window,
}: {
  completeness: Completeness;
  source_backend: string;
  as_of: string;
  window: { since: string; until: string };
}): Markup {
  return markup`<p class="note ${verdict}">${chip(verdict, verdict)} ${reason}. <span class="soft">From ${backend}, ${moment(window.since)} to ${moment(window.until)} UTC, as of ${asOf.slice(11, 19)}.</span></p>`;
}

function callChart(series: readonly SeriesPoint[]): Markup {
  const columns = series.map(({ since, calls, failed, denied }) => ({
    label: labelOf(since, series.length),
    parts: [
      { kind: 'whole', value: calls - failed - denied },
      { kind: 'failed', value: failed },
      { kind: 'denied', value: denied },
    ],
    title: `${since.slice(0, 16).replace('T', ' ')}: ${count(calls)} calls, ${count(failed)} failed, ${count(denied)} denied`,
  }));
  const names = [
    ['whole', 'neither failed nor denied'],
    ['failed', 'failed'],
    ['denied', 'denied'],
  ] as const;
  return markup`${columnChart('Calls over time', columns)}${legend(names)}`;
}

function columnsOf(series: readonly SeriesPoint[], of: 'cost_units' | 'out_bytes', say = count) {
  return series.map((point) => ({
    label: labelOf(point.since, series.length),
    parts: [{ kind: 'whole', value: point[of] }],
    title: `${point.since.slice(0, 16).replace('T', ' ')}: ${say(point[of])}`,
  }));
}

/** The hour in a day, the day in more. */
function labelOf(since: string, points: number): string {
  return points <= 24 ? since.slice(11, 16) : since.slice(5, 10);
}

function topTable(of: string, lines: CostDigest['top']['tool']): Markup | null {
  if (lines.length === 0) return null;
  const most = lines[0]!.cost_units;
  const rows = lines.map(
    ({ key, calls, cost_units: units, avg_duration_ms: ms }) =>
      markup`<tr><td class="name">${key}</td><td>${meter(units, most)}</td><td class="number">${count(units)}</td><td class="number">${count(calls)}</td><td class="number">${duration(ms)}</td></tr>\n`,
  );
  return markup`<section><h2>By ${of}</h2>${table(`By ${of}`, [of, '', numberHead('units'), numberHead('calls'), numberHead('average')], rows)}</section>`;
}
