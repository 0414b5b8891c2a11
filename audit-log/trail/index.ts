/** The Markdown audit trail: append to it, read it, prove that nobody changed it. */
export { appendEntry } from './append.ts';
export type { AppendedEntry } from './append.ts';
export { evidenceFolder, keptBytes, verifyEvidence } from './evidence.ts';
export { rebaseTrail } from './rebase.ts';
export type { DayFiles, MovedEntry } from './rebase.ts';
export { readTrail } from './read.ts';
export type { TrailEntry } from './read.ts';
export { verifyTrail } from './verify.ts';
export type { TrailReport } from './verify.ts';
