import { codeOf, DrydockError, messageOf } from '../ops/errors.ts';
import { SqlError } from '../ops/postgres/index.ts';
import type { ErrorReport } from './report.ts';

/** What a report says of an error: the person's mistakes in their words, our own with a code that says so. */
export function errorReport(error: unknown): ErrorReport {
  const known = serverFailure(error) ?? error;
  if (known instanceof DrydockError) {
    const { excerpt = null, location = null } = known instanceof SqlError ? known : {};
    return { code: known.code, message: known.message, hint: known.hint ?? null, excerpt, location };
  }
  const stack = error instanceof Error ? (error.stack ?? null) : null;
  return {
    code: 'INTERNAL_ERROR',
    message: messageOf(error),
    hint: 'This is a bug in Drydock: please report it.',
    excerpt: stack,
    location: null,
  };
}

/**
 * A server that ran out of something, was stopped, or lost its files is no bug of ours. SQLSTATE classes 53, 57 (but not a cancellation), 58 and XX.
 */
function serverFailure(error: unknown): DrydockError | undefined {
  if (error instanceof DrydockError) return undefined; // which knows more: where it was, and in which file
  const [cause] = [error, (error as Error | null)?.cause].filter(isOfServer);
  if (!cause) return undefined;
  return new DrydockError('SERVER_FAILED', `The server failed: ${cause.message} (${codeOf(cause)}).`, {
    hint: 'Look at its log, its disk and its memory.',
    cause: error,
  });
}

function isOfServer(error: unknown): error is Error {
  return error instanceof Error && 'severity' in error && /^(53|57P|58|XX)/.test(codeOf(error) ?? '');
}
