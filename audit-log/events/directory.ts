import { chmodSync, mkdirSync } from 'node:fs';
import { DrydockError, messageOf } from '../../ops/errors.ts';

/** Makes the folder of tool events, closed to others, or closes the one there is. @throws DrydockError EVENTS_DIRECTORY */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
  } catch (error) {
    throw new DrydockError('EVENTS_DIRECTORY', `Cannot use ${directory} for tool events: ${messageOf(error)}.`, {
      hint: 'Make it a folder that this user owns and can write, or name another in AUDIT_JSONL_DIR.',
      cause: error,
    });
  }
}
