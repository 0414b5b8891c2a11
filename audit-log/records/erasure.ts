import { sign } from 'node:crypto';
import { canonicalJson } from '../../ops/evidence.ts';
import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import type { Keys } from './keys.ts';
import { patiently } from './patience.ts';

export interface ErasureOrder {
  readonly workspaceId: string;
  readonly userId: string;
  readonly authority: 'GDPR' | 'CCPA';
  /** As the ticket system writes it. */
  readonly ticket: string;
  /** Who asks; the login itself, but from a desk that authenticates people. */
  readonly by?: string | undefined;
  /** 14 by default. */
  readonly validDays?: number;
}

/** A request with what became of it. */
export interface ErasureRequest {
  readonly id: string;
  readonly requested_at: string;
  readonly requested_by: string;
  readonly workspace_id: string;
  readonly user_id: string;
  readonly authority: 'GDPR' | 'CCPA';
  readonly ticket: string;
  readonly expires_at: string;
  readonly approved_by: string[];
  readonly executed_at: string | null;
  readonly state: 'waiting' | 'approved' | 'executed' | 'expired';
}

/** What was erased, what stays, and until when a backup may still hold it; signed with the key of the seals. */
export interface ErasureCertificate {
  readonly request: string;
  readonly workspace: string;
  readonly person: string;
  readonly authority: string;
  readonly ticket: string;
  readonly requested_by: string;
  readonly approved_by: readonly string[];
  readonly executed_at: string;
  readonly executed_by: string;
  readonly records: number;
  readonly keys_destroyed: readonly string[];
  readonly cold_months: readonly string[];
  readonly kept: string;
  readonly backups: { readonly may_hold_it_until: string; readonly note: string };
  readonly key: string;
  /** Ed25519 over the canonical JSON of the rest, base64. */
  readonly signature: string;
}

/** @returns the id of the request @throws RECORDS_ERASURE */
export async function requestErasure(session: Session, order: ErasureOrder): Promise<string> {
  const { workspaceId, userId, authority, ticket, by, validDays = 14 } = order;
  const { id } = await refusals(() =>
    session.row<{ id: string }>(
      `select audit.request_erasure($1, $2, $3, $4, coalesce($5, session_user), make_interval(days => $6)) as id`,
      [workspaceId, userId, authority, ticket, by, validDays],
    ),
  );
  return id;
}

/** @returns how many approvals the request has now @throws RECORDS_ERASURE */
export async function approveErasure(session: Session, request: string, by?: string): Promise<number> {
  const { approvals } = await refusals(() =>
    session.row<{ approvals: number }>('select audit.approve_erasure($1, coalesce($2, session_user)) as approvals', [
      request,
      by,
    ]),
  );
  return approvals;
}

/**
 * Destroys the person's key, when two others than the requester approved.
 * @param backupDays how long backups are kept: said in the certificate
 * @throws RECORDS_ERASURE naming the approval that is missing, RECORDS_BUSY
 */
export async function executeErasure(
  session: Session,
  request: string,
  { backupDays = 35 } = {},
): Promise<{ deletionLogId: number; records: number }> {
  const { id } = await refusals(() =>
    patiently(() => session.row<{ id: number }>('select audit.execute_erasure($1, $2) as id', [request, backupDays])),
  );
  const { records } = await session.row<{ records: number }>(
    'select records from audit.audit_erasure where request_id = $1',
    [request],
  );
  return { deletionLogId: id, records };
}

/** Every request, newest first. */
export async function listErasures(session: Session): Promise<ErasureRequest[]> {
  const { rows } = await session.query<ErasureRequest>(
    `select request.id, requested_at, requested_by, workspace_id, user_id, authority, ticket, expires_at,
         array(select approved_by from audit.audit_erasure_approval where request_id = request.id order by approved_at) as approved_by,
         done.executed_at,
         case
             when done.request_id is not null then 'executed'
             when request.expires_at < now() then 'expired'
             when (select count(*) from audit.audit_erasure_approval where request_id = request.id) >= 2 then 'approved'
             else 'waiting'
         end as state
     from audit.audit_erasure_request as request
     left join audit.audit_erasure as done on done.request_id = request.id
     order by requested_at desc`,
  );
  return rows;
}

/** @throws RECORDS_ERASURE when the request was not executed */
export async function certifyErasure(session: Session, keys: Keys, request: string): Promise<ErasureCertificate> {
  const { rows } = await session.query<{
    workspace_id: string;
    user_id: string;
    authority: string;
    ticket: string;
    requested_by: string;
    approved_by: string[];
    executed_at: string;
    executed_by: string;
    records: number;
    key_ids: string[];
    cold_months: string[];
    backups_until: string;
  }>(
    `select workspace_id, user_id, authority, ticket, requested_by,
         array(select approved_by from audit.audit_erasure_approval where request_id = request.id order by approved_at) as approved_by,
         executed_at, executed_by, records, key_ids, cold_months::text[] as cold_months, backups_until
     from audit.audit_erasure as done join audit.audit_erasure_request as request on request.id = done.request_id
     where request.id = $1`,
    [request],
  );
  const done = rows[0];
  if (!done) {
    throw new DrydockError('RECORDS_ERASURE', `The erasure ${request} was not executed.`, {
      hint: 'Look at `drydock records erase list`: what two others have approved, `drydock records erase execute ID` executes.',
    });
  }
  const stated = {
    request,
    workspace: done.workspace_id,
    person: done.user_id,
    authority: done.authority,
    ticket: done.ticket,
    requested_by: done.requested_by,
    approved_by: done.approved_by,
    executed_at: done.executed_at,
    executed_by: done.executed_by,
    records: done.records,
    keys_destroyed: done.key_ids,
    cold_months: done.cold_months,
    kept: 'Ids, times, action, resource, names of changed fields, fields declared not personal, and salted commitments whose salts are destroyed.',
    backups: {
      may_hold_it_until: done.backups_until,
      note: 'Base backups and WAL from before the erasure hold the encrypted key, and what had not been encrypted yet; they expire by that day. A restore from them is to be followed by the erasure again.',
    },
    key: keys.name,
  };
  return { ...stated, signature: sign(null, Buffer.from(canonicalJson(stated)), keys.sign).toString('base64') };
}

/** What the database refuses is the answer, not a fault: an approval is missing, a request expired, a name is not one's own. */
async function refusals<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!['DD004', '42501', '23514', '22023', '22P02', '23505'].includes(codeOf(error) ?? '')) throw error;
    const { hint } = error as { hint?: string };
    throw new DrydockError('RECORDS_ERASURE', `The erasure is refused: ${messageOf(error)}.`, { hint, cause: error });
  }
}
