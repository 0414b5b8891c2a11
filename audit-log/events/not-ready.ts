import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import { SqlError } from '../../ops/postgres/index.ts';

/**
 * Says what a login lacks, where that is what an error of Postgres means: no table, or no right to it.
 * @param role whose members may do what was tried
 * @returns the error itself when it is about something else
 */
export function notReady(
  error: unknown,
  role: 'tool_event_writer' | 'tool_event_reader' | 'tool_event_retention',
): unknown {
  const said = error instanceof SqlError ? error.cause : error;
  const code = codeOf(said) ?? '';
  if (said instanceof DrydockError || (!code.startsWith('42') && code !== '3F000')) return error;
  return new DrydockError(
    'EVENTS_NO_TABLE',
    `The database has no tool event table for this login: ${messageOf(said)}.`,
    {
      hint: `Run \`drydock events migrate\`, and make the login a member of ${role}.`,
      cause: error,
    },
  );
}
