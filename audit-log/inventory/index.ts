export { fetchFile, openDestination, removeFile } from './destination.ts';
export { diffAudits, type AuditDiff, type Difference, type RowDifference } from './diff.ts';
export { structureJson, structureOf, type Audit, type AuditedTable } from './document.ts';
export { loadAudit } from './load.ts';
export { checkSeeds } from './seed-check.ts';
export type { SeedTable } from './seeds.ts';
export { takeAudit, type AuditOrder } from './take.ts';
export { writeAudit, type Written } from './write.ts';
