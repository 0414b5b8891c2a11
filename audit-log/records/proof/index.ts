/** What proves a record: RFC 6962 trees, signed checkpoints, and their verification from files alone. Imports nothing but Node's own modules. */
export { checkpointLines, checkpointOf, fingerprint, genesis, signedPart } from './checkpoint.ts';
export type { Anchor, Checkpoint } from './checkpoint.ts';
export { Comparison, type Sealed } from './compare.ts';
export { entriesOf, entryBytes, monthOf, packed, dateOf, type Entry } from './entry.ts';
export { fields, sha256Of, type RecordFields } from './leaf.ts';
export type { ExportEnd, ExportHeader, OfflineReport } from './offline.ts';
export type { Problem } from './problem.ts';
export { sealedRanges, verifySeals, type SealsReport } from './seals.ts';
export { grow, Tree } from './tree.ts';
export { verifierSource } from './verifier.ts';
