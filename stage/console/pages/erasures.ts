import {
  approveErasure,
  executeErasure,
  requestErasure,
  type ErasureCertificate,
  type ErasureRequest,
} from '../../../audit-log/records/index.ts';
import { factList, markup, type Markup } from '../../../ops/page/index.ts';
import type { ToolAction } from '../../../ops/policies/index.ts';
import { certificateOf, erasureDesk, erasures } from '../api/erasures.ts';
import { byId, erasureOrder } from '../api/schemas.ts';
import type { ConsoleApp, ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { mayDo } from '../doors.ts';
import { fieldsOf } from '../form-body.ts';
import { notAccepted, notFound } from '../refusals.ts';
import { back, chip, empty, form, show } from './frame.ts';
import { count, many, moment } from './words.ts';

type May = (action: ToolAction) => boolean;

export function erasurePages(app: ConsoleApp, desk: Desk): void {
  app.get('/erasures', async (c) => {
    const [requests, may] = [await erasures(c, desk), await mayDo(c, desk)];
    return show(c, desk, { title: 'Erasures', content: content(c, requests, may) });
  });

  app.post('/erasures', async (c) => {
    const session = await erasureDesk(c, desk, 'erasures/request');
    const { csrf: _ours, ...given } = await fieldsOf(c);
    const parsed = erasureOrder.safeParse(given);
    if (!parsed.success) throw notAccepted(parsed.error);
    await requestErasure(session, { ...parsed.data, by: c.get('caller').agent });
    return back(c, '/erasures', 'Requested. Two others are to approve it.');
  });

  app.post('/erasures/:id/approve', async (c) => {
    const session = await erasureDesk(c, desk, 'erasures/approve');
    const approvals = await approveErasure(session, idOf(c), c.get('caller').agent);
    return back(c, '/erasures', `Approved: ${approvals} of 2.`);
  });

  app.post('/erasures/:id/execute', async (c) => {
    const session = await erasureDesk(c, desk, 'erasures/execute');
    const { records, deletionLogId } = await executeErasure(session, idOf(c));
    return back(
      c,
      '/erasures',
      `Erased: ${many(records, 'record')} lost personal data, entry ${deletionLogId} of the deletion log.`,
    );
  });

  app.get('/erasures/:id/certificate', async (c) => {
    const certificate = await certificateOf(c, desk, idOf(c));
    return show(c, desk, { title: 'Certificate of erasure', content: certificateContent(certificate) });
  });
}

function idOf(c: ConsoleContext): string {
  const parsed = byId.safeParse(c.req.param());
  if (!parsed.success) throw notFound('request with that id');
  return parsed.data.id;
}

function content(c: ConsoleContext, requests: readonly ErasureRequest[], may: May): Markup {
  const cards = requests.map((request) => card(c, request, may));
  return markup`<h1>Erasures</h1><p class="soft">Who asked for a person to be erased, who approved it, and what was done. Two others than the requester approve.</p>
${may('erasures/request') ? requestForm(c) : null}${cards.length > 0 ? cards : empty('No request', 'Nobody has asked for an erasure.')}`;
}

function requestForm(c: ConsoleContext): Markup {
  const fields = markup`<label class="grow">Person<input name="userId" required maxlength="36" placeholder="id"></label><label class="grow">Workspace<input name="workspaceId" required maxlength="36" placeholder="id"></label>
<label>Authority<select name="authority"><option>GDPR</option><option>CCPA</option></select></label><label>Ticket<input name="ticket" required maxlength="200"></label><button class="primary">Request</button>`;
  return markup`<section class="card"><h2>Request an erasure</h2>${form(c, '/erasures', fields)}</section>`;
}

function card(c: ConsoleContext, request: ErasureRequest, may: May): Markup {
  const { state, authority, ticket, user_id: person, workspace_id: workspace } = request;
  const approvers = request.approved_by.length > 0 ? request.approved_by.join(' and ') : 'nobody yet';
  const facts = factList([
    ['workspace', workspace],
    ['requested by', request.requested_by],
    ['approved by', approvers],
    ['requested', request.requested_at.slice(0, 16)],
    request.executed_at === null
      ? ['valid until', request.expires_at.slice(0, 16)]
      : ['erased', request.executed_at.slice(0, 16)],
  ]);
  return markup`<section class="card" aria-label="Request ${ticket}"><h3>${chip(state, state)} ${authority} ${ticket}</h3><div><code>${person}</code></div>${facts}<div class="tools">${acts(c, request, may)}</div></section>\n`;
}

/** What the caller can do about it now, or why not. */
function acts(
  c: ConsoleContext,
  { id, state, requested_by: requester, approved_by: approvers }: ErasureRequest,
  may: May,
): Markup | null {
  const { agent } = c.get('caller');
  if (state === 'executed') return markup`<a href="/erasures/${id}/certificate">Certificate</a>`;
  if (state === 'approved' && may('erasures/execute')) {
    const button = form(c, `/erasures/${id}/execute`, markup`<button class="danger">Erase now</button>`);
    return markup`<details class="act"><summary>Erase</summary><p>The person’s key is destroyed, and nothing brings it back.</p>${button}</details>`;
  }
  if (state !== 'waiting' || !may('erasures/approve')) return null;
  if (requester === agent) return markup`<span class="soft">You requested it; two others are to approve.</span>`;
  if (approvers.includes(agent))
    return markup`<span class="soft">You approved it; somebody else is to be the second.</span>`;
  return form(c, `/erasures/${id}/approve`, markup`<button>Approve</button>`);
}

function certificateContent(certificate: ErasureCertificate): Markup {
  const {
    person,
    workspace,
    authority,
    ticket,
    approved_by: approvers,
    records,
    keys_destroyed: keys,
    backups,
  } = certificate;
  return markup`<h1>Certificate of erasure</h1><p class="soft">Signed with the key of the seals. As JSON: <a href="/api/erasures/${certificate.request}/certificate">for whoever verifies it</a>.</p>
<section class="card">${factList([
    ['person', person],
    ['workspace', workspace],
    ['authority', `${authority}, ticket ${ticket}`],
    ['requested by', certificate.requested_by],
    ['approved by', approvers.join(' and ')],
    ['records that lost personal data', count(records)],
    ['keys destroyed', keys.length === 0 ? 'there was none' : keys.join(', ')],
    ['key of the signature', certificate.key],
    ['signature', certificate.signature],
  ])}</section><p>Erased ${moment(certificate.executed_at)} by ${certificate.executed_by}.</p>
<h2>What stays</h2><p>${certificate.kept}</p><h2>Backups</h2><p>They may hold it until ${backups.may_hold_it_until}. ${backups.note}</p>`;
}
