import { DrydockError, messageOf } from '../ops/errors.ts';
import { SqlError } from '../ops/postgres/index.ts';
import { serverAnswer } from '../ops/server-answer.ts';
import type { ErrorReport } from './report.ts';

/** What a report says of an error: the person's mistakes in their words, our own with a code that says so. */
export function errorReport(error: unknown): ErrorReport {
  const known = serverAnswer(error) ?? error;
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
