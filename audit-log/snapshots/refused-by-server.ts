import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';

/** What to do about the answers of a server that are no fault of ours, by SQLSTATE. */
const hints: Readonly<Record<string, string>> = {
  '42501': 'Log in as a role that may read it, or leave it out of the plan.',
  '55P03': 'Somebody changes the table: take the snapshot again, or raise limits.lock in the plan.',
  '57014': 'Narrow the condition to indexed columns, or raise limits.statement in the plan.',
};

/** Names, types and values that only whoever wrote the plan can have meant: classes 22 and 42. */
const misread = 'Correct the condition in the plan; a name that is not lower case stands in double quotes there.';

/**
 * What the server said to a statement that a plan led to.
 * @param what the statement is for
 * @returns SNAPSHOT_QUERY, or the error itself where it is no answer to the plan
 */
export function refusedByServer(what: string, error: unknown): unknown {
  const code = codeOf(error) ?? '';
  const hint = hints[code] ?? (/^(22|42)...$/.test(code) ? misread : undefined);
  if (hint === undefined || error instanceof DrydockError) return error;
  return new DrydockError('SNAPSHOT_QUERY', `${what} was refused by the server: ${messageOf(error)} (${code}).`, {
    hint,
    cause: error,
  });
}
