import type { Status } from '../../audit-log/events/index.ts';
import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import { SqlError } from '../../ops/postgres/index.ts';
import { errorReport } from '../error-report.ts';

/** Why a call was not answered, for the agent: an identity, a sentence, and what to do. */
export interface Refusal {
  /** A code of Drydock's, or the server's SQLSTATE. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** What an error says to an agent. Our own mistakes are named, and told in full to whoever runs the server. */
export function refusalOf(error: unknown): Refusal {
  const { code, message, hint } = errorReport(error);
  return { code, message, hint };
}

const statuses: Readonly<Record<string, Status>> = {
  '42501': 'denied',
  MCP_LEASE_OVER: 'denied',
  MCP_TOOL: 'denied',
  LEASE_NO_STEPS: 'denied',
  MCP_TIMEOUT: 'timeout',
  MCP_BUSY: 'rate_limited',
};

/** How a refusal is counted among the tool events. */
export function statusOf({ code }: Refusal): Status {
  return statuses[code] ?? 'failed';
}

/** What the server refused of a statement, in its own words and under its own SQLSTATE. */
export class StatementRefused extends DrydockError {
  /** Where in the statement, counted in characters from 1, when the server says it. */
  readonly position: number | null;

  constructor(error: ServerError) {
    const said = [error.message, error.detail].filter(Boolean).join('; ');
    super(error.code, said, { hint: error.hint ?? hints[error.code], cause: error });
    this.position = error.position === undefined ? null : Number(error.position);
  }
}

const hints: Readonly<Record<string, string>> = {
  '42501': 'explain_denial says which grant or policy is missing. Ask the operator for it; no tool grants anything.',
  '42601': 'One statement a call. plan shows whether a statement is understood.',
  '42P01': 'describe lists what there is; write names as schema.name.',
  '42703': 'describe with schema and table lists its columns.',
};

export interface ServerError extends Error {
  readonly severity: string;
  readonly code: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
}

/** Whether the server said no to a statement, rather than going away. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && /^[0-9A-Z]{5}$/.test((error as ServerError).code);
}

/** Classes of SQLSTATE that are no answer to a statement: connection, login, shutdown, system, internal. */
const fatal = /^(08|28|57P|58|XX)/;

/** Whether an error means that there is no session any more: refused a login, cut off, or never reached. */
export function endsSession(error: unknown): boolean {
  if (error instanceof StatementRefused) return false;
  if (error instanceof SqlError) return fatal.test(error.sqlstate ?? '');
  if (error instanceof DrydockError) return error.code.startsWith('CONNECT_');
  if (isServerError(error)) return fatal.test(error.code);
  // of the system (ECONNRESET), or of pg, which gives its own no code
  return codeOf(error) !== undefined || /^Connection terminated|not queryable/.test(messageOf(error));
}
