import { codeOf, DrydockError } from './errors.ts';

/** What a server says that is no fault of the program: by SQLSTATE, or its class, what to do about it. */
const refusals: readonly (readonly [sqlstate: RegExp, hint: string])[] = [
  [/^42501$/, 'Log in as a role that may, or have this one granted what it lacks.'],
  [/^25006$/, 'It takes no writes: name the primary, or a session that is not read only.'],
  [/^55P03$/, 'Somebody holds a lock on it: try again when they are done.'],
  [/^40/, 'Others changed the same at the same time: try again.'],
];

/**
 * An error of the server's that whoever asked can do something about: it refused, or it cannot go on itself.
 * @returns undefined for any other error: an error of ours knows more already, and the rest are bugs
 */
export function serverAnswer(error: unknown): DrydockError | undefined {
  if (error instanceof DrydockError) return undefined;
  const cause = [error, (error as Error | null)?.cause].find(isOfServer);
  const sqlstate = codeOf(cause) ?? '';
  const hint = refusals.find(([pattern]) => pattern.test(sqlstate))?.[1];
  if (!cause) return undefined;
  if (hint)
    return new DrydockError('SERVER_REFUSED', `The server refused: ${cause.message} (${sqlstate}).`, {
      hint,
      cause: error,
    });
  if (!/^(53|57P|58|XX)/.test(sqlstate)) return undefined;
  return new DrydockError('SERVER_FAILED', `The server failed: ${cause.message} (${sqlstate}).`, {
    hint: 'Look at its log, its disk and its memory.',
    cause: error,
  });
}

function isOfServer(error: unknown): error is Error {
  return error instanceof Error && 'severity' in error;
}
