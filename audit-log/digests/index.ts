/** Digests of tool events: cost, privacy. Built from tallies, wherever those come from. */
export { costDigest, type CostDigest } from './cost.ts';
export type { Completeness, DigestPlace } from './head.ts';
export { costMarkdown, privacyMarkdown } from './markdown.ts';
export { privacyDigest, type OldestDays, type PrivacyDigest } from './privacy.ts';
export { fileTallies, postgresTallies, spooledTallies } from './sources.ts';
export { together, type Tally, type TallySource } from './tally.ts';
export { dayWindow, hoursWindow, weekOf, weekWindow } from './window.ts';
export { fileDigest, type Filed, type FiledDigest } from './write.ts';
