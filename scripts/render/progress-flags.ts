import type { Command } from '../command.ts';

/** The flags of every command that shows progress. */
export const progressFlags: NonNullable<Command['options']> = [
  { flags: '--quiet', summary: 'no progress, only the result' },
  { flags: '--verbose', summary: 'every statement with its time, and what each step is at' },
];
