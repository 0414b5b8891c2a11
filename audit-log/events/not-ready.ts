import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';

/**
 * Says what a login lacks, where that is what an error of Postgres means: no table, or no right to it.
 * @param role whose members may do what was tried
 * @returns the error itself when it is about something else
 */
export function notReady(
  error: unknown,
  role: 'tool_event_writer' | 'tool_event_reader' | 'tool_event_retention',
): unknown {
  const code = codeOf(error) ?? '';
  if (error instanceof DrydockError || (!code.startsWith('42') && code !== '3F000')) return error;
  return new DrydockError(
    'EVENTS_NO_TABLE',
    `The database has no tool event table for this login: ${messageOf(error)}.`,
    {
      hint: `Run \`drydock events migrate\`, and make the login a member of ${role}.`,
      cause: error,
    },
  );
}
