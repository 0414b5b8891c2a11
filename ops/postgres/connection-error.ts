import { codeOf, DrydockError, messageOf } from '../errors.ts';
import type { Target } from './session.ts';

/** What became of a login, in the words of somebody who wants it to work: refused by the server, or never there. */
export function connectionError(target: Target, error: unknown): DrydockError {
  const where = `${target.host}:${target.port}`;
  const code = codeOf(error) ?? '';
  // the system's codes say what its sentences do; the server's are numbers
  const why = /^E[A-Z]/.test(code) ? code : messageOf(error);
  if (code.startsWith('28') || code === '3D000' || code === '42501') {
    return new DrydockError(
      'CONNECT_REFUSED',
      `The server at ${where} refused ${target.user} on database ${target.database}: ${messageOf(error)}.`,
      { hint: 'Check the user, the password, its expiry, and the right to CONNECT.', cause: error },
    );
  }
  return new DrydockError('CONNECT_FAILED', `Cannot reach Postgres at ${where}: ${why}.`, {
    hint: 'Check that the server is up and that host and port are right.',
    cause: error,
  });
}
