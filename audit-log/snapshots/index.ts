export { removeExpired } from './folder.ts';
export { danglingOf, type Manifest, type Source } from './manifest.ts';
export { estimateSnapshot, takeSnapshot, type SeedEstimate, type SnapshotOrder } from './take.ts';
