import { codeOf, DrydockError, messageOf } from '../ops/errors.ts';
import { SqlError } from '../ops/postgres/index.ts';
import type { ErrorReport } from './report.ts';

/** What a report says of an error: the person's mistakes in their words, our own with a code that says so. */
export function errorReport(error: unknown): ErrorReport {
  if (error instanceof DrydockError) {
    const { excerpt = null, location = null } = error instanceof SqlError ? error : {};
    return { code: error.code, message: error.message, hint: error.hint ?? null, excerpt, location };
  }
  const failed = serverFailure(error);
  if (failed) return errorReport(failed);
  const stack = error instanceof Error ? (error.stack ?? null) : null;
  return {
    code: 'INTERNAL_ERROR',
    message: messageOf(error),
    hint: 'This is a bug in Drydock: please report it.',
    excerpt: stack,
    location: null,
  };
}

/** A server that ran out of something, was stopped, or lost its files is no bug of ours. SQLSTATE classes 53, 57, 58 and XX. */
function serverFailure(error: unknown): DrydockError | undefined {
  const isOfServer = error instanceof Error && 'severity' in error && /^(53|57|58|XX)/.test(codeOf(error) ?? '');
  if (!isOfServer) return undefined;
  return new DrydockError('SERVER_FAILED', `The server failed: ${error.message} (${codeOf(error)}).`, {
    hint: 'Look at its log, its disk and its memory.',
    cause: error,
  });
}
