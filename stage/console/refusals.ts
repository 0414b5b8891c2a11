import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { codeOf, DrydockError } from '../../ops/errors.ts';

/** What a caller is told of an error. */
export interface Refusal {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  /** The rule of the database that was broken, by its name. */
  readonly constraint: string | null;
}

const statuses: Readonly<Record<string, ContentfulStatusCode>> = {
  CONSOLE_INVALID: 400,
  EVENT_INVALID: 400,
  RECORDS_REFUSED: 400,
  CONSOLE_UNAUTHENTICATED: 401,
  CONSOLE_FORBIDDEN: 403,
  CONSOLE_IDENTITY: 403,
  CONSOLE_CSRF: 403,
  CONSOLE_WORKSPACE: 403,
  RECORDS_FORBIDDEN: 403,
  CONSOLE_NOT_FOUND: 404,
  LEASE_UNKNOWN: 404,
  LEASE_NOT_ENDED: 409,
  RECORDS_ERASURE: 409,
  CONSOLE_TOO_LARGE: 413,
  CONSOLE_HOST: 421,
  CONSOLE_REPORT: 422,
  CONSOLE_RATE: 429,
  CONSOLE_RECORDS: 503,
  CONNECT_FAILED: 503,
  CONNECT_REFUSED: 503,
  EVENTS_NO_TABLE: 503,
  EVENTS_NO_URL: 503,
  LEASE_NO_BOOKS: 503,
  RECORDS_KEYS_MISSING: 503,
  STAGING_NONE: 503,
  CONSOLE_SLOW: 504,
};

/** Those of which a tool event tells: somebody wanted what is not theirs. */
const denials: readonly ContentfulStatusCode[] = [401, 403, 421];

export function isDenial({ status }: Refusal): boolean {
  return denials.includes(status);
}

/** @returns undefined for what is nobody's mistake but ours */
export function refusalOf(error: unknown): Refusal | undefined {
  const code = codeOf(error) ?? '';
  if (!(error instanceof DrydockError) || !Object.hasOwn(statuses, code)) return undefined;
  const constraint = (error.cause as { constraint?: string } | undefined)?.constraint ?? null;
  return { status: statuses[code]!, code, message: error.message, hint: error.hint ?? null, constraint };
}

export function invalid(message: string): DrydockError {
  return new DrydockError('CONSOLE_INVALID', message, { hint: 'See /openapi.json for what is accepted.' });
}

/** What a schema finds wrong. */
export interface Issues {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

export function notAccepted({ issues }: Issues): DrydockError {
  const said = issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`);
  return invalid(`The request is not accepted: ${said.slice(0, 10).join('; ')}.`);
}

export function notFound(what: string): DrydockError {
  return new DrydockError('CONSOLE_NOT_FOUND', `There is no ${what}.`);
}
