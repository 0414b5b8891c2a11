import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import { SqlError } from '../../ops/postgres/index.ts';

const memberships =
  'Make the login a member of record_reader to read, record_writer to write, record_keeper to seal, archive and keep up, record_officer to erase.';

/**
 * What the record says to a login that lacks a right.
 * @returns RECORDS_FORBIDDEN, or undefined for any other error
 */
export function forbidden(error: unknown): DrydockError | undefined {
  const said = error instanceof SqlError ? error.cause : error;
  if (said instanceof DrydockError || codeOf(said) !== '42501') return undefined;
  const hint = (said as { hint?: string }).hint ?? memberships;
  return new DrydockError('RECORDS_FORBIDDEN', `The audit record refused: ${messageOf(said)}.`, { hint, cause: error });
}
