import { z } from '@hono/zod-openapi';
import { getAuditTrail, type TrailRecord } from '../../../audit-log/records/index.ts';
import { markup, type Markup } from '../../../ops/page/index.ts';
import { trailQuery } from '../api/schemas.ts';
import type { ConsoleApp, ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { need } from '../doors.ts';
import { seesAll } from '../identity.ts';
import type { Proof } from '../proof.ts';
import { notAccepted } from '../refusals.ts';
import { back, chip, empty, form, show, table } from './frame.ts';
import { many, moment } from './words.ts';

const mostShown = 200;

/** What is typed into the form; a field that was left empty was not typed into. */
const searchQuery = z.preprocess(
  (query) => Object.fromEntries(Object.entries(query as object).filter(([, value]) => value !== '')),
  trailQuery.partial({ workspaceId: true }).extend({
    action: z.string().max(100).default(''),
    actor: z.string().max(100).default(''),
    limit: z.coerce.number().int().min(1).max(1_000).default(mostShown),
  }),
);
type Search = z.infer<typeof searchQuery>;

export function recordPages(app: ConsoleApp, desk: Desk): void {
  app.get('/records', async (c) => {
    await need(c, desk, 'records/read');
    const parsed = searchQuery.safeParse(c.req.query());
    if (!parsed.success) throw notAccepted(parsed.error);
    const search = parsed.data;
    const found = search.workspaceId === undefined ? undefined : await recordsOf(c, desk, search.workspaceId, search);
    return show(c, desk, { title: 'Records', content: content(c, desk, search, found) });
  });

  app.post('/records/verify', async (c) => {
    await need(c, desk, 'records/read');
    desk.startProof(c.get('caller'));
    return back(c, '/records', 'Every sealed record is being compared; open the page again to see what came of it.');
  });
}

async function recordsOf(c: ConsoleContext, desk: Desk, workspace: string, search: Search): Promise<TrailRecord[]> {
  const { resourceType, resourceId, daysBack, limit, action, actor } = search;
  const session = await desk.record(c.get('caller'), workspace);
  const found = await getAuditTrail(session, workspace, { resourceType, resourceId, daysBack, limit });
  return found.filter(
    (record) =>
      record.action_type.toLowerCase().includes(action.toLowerCase()) && record.created_by_user_id.includes(actor),
  );
}

function content(c: ConsoleContext, desk: Desk, search: Search, found: readonly TrailRecord[] | undefined): Markup {
  return markup`<h1>Records</h1><p class="soft">Who changed what in a workspace, and whether the record is what was sealed.</p>
${seesAll(c.get('caller')) ? proof(c, desk.proof.latest) : null}${searchForm(search)}${found === undefined ? empty('Whose records?', 'Name a workspace by its id.') : list(found, search)}`;
}

function proof(c: ConsoleContext, latest: Proof): Markup {
  const button = form(c, '/records/verify', markup`<button>Compare with the seals now</button>`);
  const [tone, text] = said(latest);
  const problems =
    latest.state === 'done'
      ? latest.report.problems.slice(0, 10).map(({ message }) => markup`<li>${message}</li>`)
      : [];
  return markup`<section class="card"><h2>Proof ${chip(tone, tone)}</h2><p>${text}</p>${problems.length > 0 ? markup`<ul>${problems}</ul>` : null}${latest.state === 'under way' ? null : button}</section>`;
}

function said(proof: Proof): readonly [tone: string, text: Markup] {
  if (proof.state === 'none') return ['unproven', markup`This console has not compared the record with its seals yet.`];
  if (proof.state === 'under way')
    return ['unproven', markup`Being compared since ${moment(proof.since.toISOString())}.`];
  if (proof.state === 'failed') return ['unproven', markup`It could not be compared: ${proof.reason}`];
  const { verdict, records, checkpoints, problems, unsealed } = proof.report;
  return [
    verdict,
    markup`At ${moment(proof.at.toISOString())}, ${many(records, 'record')} were compared with ${many(checkpoints, 'checkpoint')}: ${many(problems.length, 'problem')}. ${many(unsealed, 'record')} came since the last seal.`,
  ];
}

function searchForm({ workspaceId = '', resourceType = '', resourceId = '', daysBack, action, actor }: Search): Markup {
  return markup`<form method="get" action="/records" class="row" role="search"><label class="grow">Workspace<input name="workspaceId" value="${workspaceId}" required maxlength="36"></label>
<label>Resource type<input name="resourceType" value="${resourceType}" maxlength="255"></label><label>Resource<input name="resourceId" value="${resourceId}" maxlength="36"></label>
<label>Action<input name="action" value="${action}" maxlength="100"></label><label>Actor<input name="actor" value="${actor}" maxlength="100"></label>
<label>Days back<input name="daysBack" value="${daysBack}" type="number" min="1" max="3660"></label><button class="primary">Search</button></form>`;
}

function list(found: readonly TrailRecord[], { limit }: Search): Markup {
  if (found.length === 0)
    return empty('No record', 'Nothing in this workspace is like that. Look further back, or for less.');
  const rows = found.map(
    (
      record,
    ) => markup`<tr><td data-label="when (UTC)">${moment(record.created_at)}</td><td class="long">${details(record)}</td><td data-label="resource">${record.resource_type}<div class="soft small"><code>${record.resource_id}</code></div></td>
<td data-label="who"><code>${record.created_by_user_id}</code></td><td>${(record.tags ?? []).map((tag) => markup`${chip('neutral', tag)} `)}</td></tr>\n`,
  );
  const more = found.length === limit ? markup`<p class="soft">The newest ${limit}; there may be more.</p>` : null;
  return markup`<h2>${many(found.length, 'record')}</h2>${table('Records', ['when (UTC)', 'what', 'resource', 'who', 'tags'], rows, 'stack')}${more}`;
}

function details(record: TrailRecord): Markup {
  const { action_type: action, changed_fields: changed, personal, tier, metadata, ip_address: address } = record;
  const facts = [
    personal === 'none' ? null : `personal data: ${personal}`,
    tier === 'warm' ? 'archived' : null,
    address === null ? null : `from ${address}`,
    metadata === null ? null : `metadata ${JSON.stringify(metadata)}`,
  ].filter((fact) => fact !== null);
  const summary = changed === null ? null : markup` <span class="soft small">${changed.join(', ')}</span>`;
  return markup`<details><summary><b>${action}</b>${summary}</summary>${difference(record)}<p class="soft small">${facts.join(' · ')}</p></details>`;
}

/** Field by field: what it was and what it is. */
function difference({ old_values: old, new_values: now }: TrailRecord): Markup {
  const fields = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].sort();
  if (fields.length === 0) return markup`<p class="soft small">No values were recorded.</p>`;
  const rows = fields.map((field) => {
    const [was, is] = [textOf(old?.[field]), textOf(now?.[field])];
    const [wasClass, isClass] = was === is ? ['', ''] : ['was', 'is'];
    return markup`<tr><th scope="row">${field}</th><td class="${wasClass}">${was}</td><td class="${isClass}">${is}</td></tr>`;
  });
  return markup`<table class="dense"><thead><tr><th scope="col">field</th><th scope="col">was</th><th scope="col">is</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
