import { codeOf, messageOf } from '../../../ops/errors.ts';
import { markup, type Markup } from '../../../ops/page/index.ts';
import type { LeaseHistory, LeaseInForce } from '../../leases/index.ts';
import { revokeLease } from '../api/leases.ts';
import { byRole, reasonBody } from '../api/schemas.ts';
import type { ConsoleApp, ConsoleContext } from '../app.ts';
import type { Desk } from '../desk.ts';
import { mayDo, need } from '../doors.ts';
import { fieldsOf } from '../form-body.ts';
import { notAccepted } from '../refusals.ts';
import { back, empty, form, numberHead, show, table } from './frame.ts';
import { countdown, many, moment } from './words.ts';

export function leasePages(app: ConsoleApp, desk: Desk): void {
  app.get('/leases', async (c) => {
    await need(c, desk, 'leases/read');
    return show(c, desk, { title: 'Leases', content: await content(c, desk) });
  });

  app.post('/leases/:role/revoke', async (c) => {
    const { csrf: _ours, ...given } = await fieldsOf(c);
    const parsed = byRole
      .extend(reasonBody.shape)
      .strict()
      .safeParse({ ...given, ...c.req.param() });
    if (!parsed.success) throw notAccepted(parsed.error);
    const { role, sessionsEnded } = await revokeLease(c, desk, parsed.data.role, parsed.data.reason);
    return back(c, '/leases', `${role} has ended; ${many(sessionsEnded, 'session')} of it ended with it.`);
  });
}

async function content(c: ConsoleContext, desk: Desk): Promise<Markup> {
  const title = markup`<h1>Leases</h1><p class="soft">Who holds a login of the staging, and for how long.</p>`;
  try {
    const { inForce, ended } = await desk.leases();
    const canRevoke = (await mayDo(c, desk))('leases/revoke');
    return markup`${title}${held(c, inForce, canRevoke, desk.parts.now())}${ended.length > 0 ? markup`<h2>Ended</h2>${endedTable(ended)}` : null}`;
  } catch (error) {
    if (codeOf(error) !== 'STAGING_NONE') throw error;
    return markup`${title}${empty('No staging is up', messageOf(error))}`;
  }
}

function held(c: ConsoleContext, leases: readonly LeaseInForce[], canRevoke: boolean, now: Date): Markup {
  if (leases.length === 0) return empty('No lease is in force', 'Lend one with “drydock handoff ROLE --ttl 8h”.');
  const rows = leases.map(
    (
      lease,
    ) => markup`<tr><td><b>${lease.lentTo}</b><div class="soft small"><code>${lease.role}</code></div>${lease.problem === null ? null : markup`<div class="note no-go">${lease.problem}</div>`}</td>
<td data-label="profile">${lease.profile}</td><td data-label="database">${lease.database}</td><td data-label="sessions" class="number">${lease.sessions}</td>
<td data-label="time left">${countdown(lease.expiresAt, now)}<div class="soft small">${moment(lease.expiresAt.toISOString())}</div></td><td data-label="by">${lease.mintedBy}</td>
<td>${canRevoke ? revokeForm(c, lease) : null}</td></tr>\n`,
  );
  const heads = ['lent to', 'profile', 'database', numberHead('sessions'), 'time left', 'by', ''];
  return table('Leases in force', heads, rows, 'stack');
}

function revokeForm(c: ConsoleContext, { role }: LeaseInForce): Markup {
  const fields = markup`<label>Why<input name="reason" required maxlength="200" value="revoked"></label><button class="danger">End it now</button>`;
  return markup`<details class="act"><summary aria-label="Revoke ${role}">Revoke</summary>${form(c, `/leases/${encodeURIComponent(role)}/revoke`, fields)}</details>`;
}

function endedTable(leases: readonly LeaseHistory[]): Markup {
  const rows = leases.map(
    ({
      role,
      lentTo,
      endedAt,
      endedBy,
      reason,
      sessionsEnded,
    }) => markup`<tr><td>${lentTo ?? '–'}<div class="soft small"><code>${role}</code></div></td>
<td data-label="ended (UTC)">${moment(endedAt)}</td><td data-label="why">${reason}</td><td data-label="by">${endedBy}</td><td data-label="sessions ended" class="number">${sessionsEnded}</td></tr>\n`,
  );
  return table('Ended leases', ['lent to', 'ended (UTC)', 'why', 'by', numberHead('sessions ended')], rows, 'stack');
}
