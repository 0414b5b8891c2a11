export { removeExpired } from './folder.ts';
export { danglingOf, type Manifest, type Source } from './manifest.ts';
export { estimateSnapshot, takeSnapshot, type SeedEstimate, type SnapshotOrder } from './take.ts';
export { compareSnapshots, type Comparison, type TableComparison } from './compare/compare.ts';
export { comparisonMarkdown } from './compare/markdown.ts';
export { comparisonPage } from './compare/page.ts';
export type { CompareRules } from './compare/rules.ts';
