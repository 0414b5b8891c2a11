import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { forbidden } from './forbidden.ts';
import type { Keys } from './keys.ts';
import { openPersonal } from './personal.ts';

type Values = Readonly<Record<string, unknown>>;

/** Something that happened. Values and metadata are personal data of the subject, but for the fields named in `clear`. */
export interface AuditEventPayload {
  readonly actionType: string;
  readonly resourceType: string;
  readonly resourceId: string;
  readonly workspaceId: string;
  readonly createdByUserId: string;
  readonly oldValues?: Values | undefined;
  readonly newValues?: Values | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Values | undefined;
  readonly requestId?: string | undefined;
  /** When the client says it happened, ISO 8601; the server notes its own time beside it. */
  readonly occurredAt?: string | undefined;
  /** Whose data the values are; the actor's when it is not said. */
  readonly subjectId?: string | undefined;
  /** Fields of values and metadata that are not personal; `['*']` when none is. */
  readonly clear?: readonly string[] | undefined;
}

/** A record as a reader sees it. */
export interface TrailRecord {
  readonly id: string;
  readonly created_at: string;
  readonly occurred_at: string | null;
  readonly created_by_user_id: string;
  readonly action_type: string;
  readonly resource_type: string;
  readonly resource_id: string;
  readonly old_values: Values | null;
  readonly new_values: Values | null;
  readonly changed_fields: string[] | null;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly tags: string[] | null;
  readonly metadata: Values | null;
  readonly request_id: string | null;
  readonly tier: 'hot' | 'warm';
  /** none, clear (not encrypted yet), encrypted (the reader has no key), opened, or erased. */
  readonly personal: 'none' | 'clear' | 'encrypted' | 'opened' | 'erased';
}

/**
 * Records an event, in the transaction that is open on the session if there is one.
 * @param session of a login that is a member of record_writer
 * @returns the id of the record
 * @throws RECORDS_REFUSED naming the rule that was broken, RECORDS_FORBIDDEN
 */
export async function logAuditEvent(session: Session, payload: AuditEventPayload): Promise<string> {
  const { clear = [], tags, ...event } = payload;
  const { id } = await named(() =>
    session.row<{ id: string }>(
      `select audit.insert_audit_event(
         p_action_type => $1, p_resource_type => $2, p_resource_id => $3, p_workspace_id => $4, p_created_by_user_id => $5,
         p_old_values => $6, p_new_values => $7, p_ip_address => $8, p_user_agent => $9, p_tags => $10, p_metadata => $11,
         p_request_id => $12, p_occurred_at => $13, p_subject_id => $14, p_clear => $15) as id`,
      [
        ...[event.actionType, event.resourceType, event.resourceId, event.workspaceId, event.createdByUserId],
        ...[json(event.oldValues), json(event.newValues), event.ipAddress, event.userAgent, tags, json(event.metadata)],
        ...[event.requestId, event.occurredAt, event.subjectId, clear],
      ],
    ),
  );
  return id;
}

/**
 * The newest records of a workspace, hot and archived, newest first.
 * @param session of a login that may read that workspace
 * @param options.keys opens personal data whose key was not destroyed; the login is then a member of record_keeper too
 * @throws RECORDS_FORBIDDEN
 */
export async function getAuditTrail(
  session: Session,
  workspaceId: string,
  options: {
    resourceType?: string | undefined;
    resourceId?: string | undefined;
    daysBack?: number;
    limit?: number;
    keys?: Keys | undefined;
  } = {},
): Promise<TrailRecord[]> {
  const { resourceType, resourceId, daysBack = 30, limit = 100, keys } = options;
  const { rows } = await named(() =>
    session.query<TrailRecord>('select * from audit.get_audit_trail($1, $2, $3, $4, $5)', [
      ...[workspaceId, resourceType, resourceId, daysBack, limit],
    ]),
  );
  return keys ? opened(session, keys, rows) : rows;
}

async function opened(session: Session, keys: Keys, rows: readonly TrailRecord[]): Promise<TrailRecord[]> {
  const encrypted = rows.filter(({ personal }) => personal === 'encrypted').map(({ id }) => id);
  const parts = await openPersonal(session, keys, encrypted);
  return rows.map((row) => {
    const found = parts.get(row.id);
    if (!found) return row;
    const { old_values, new_values, metadata, ...origin } = Object.assign({}, ...found.map(({ content }) => content));
    return {
      ...row,
      ...origin,
      old_values: joined(row.old_values, old_values),
      new_values: joined(row.new_values, new_values),
      metadata: joined(row.metadata, metadata),
      personal: 'opened',
    };
  });
}

function joined(clear: Values | null, personal: Values | undefined): Values | null {
  return personal ? { ...clear, ...personal } : clear;
}

function json(value: Values | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** Classes of SQLSTATE that say something about what was given: 22 is a value that cannot be read, 23 a rule that was broken. */
async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error) ?? '';
    const { constraint, hint } = error as { constraint?: string; hint?: string };
    if (!/^2[23]/.test(code)) throw forbidden(error) ?? error;
    const rule = constraint ? ` (${constraint})` : '';
    throw new DrydockError('RECORDS_REFUSED', `The record is not accepted${rule}: ${messageOf(error)}.`, {
      hint: hint ?? 'Correct the event; nothing was recorded.',
      cause: error,
    });
  }
}
