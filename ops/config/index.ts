export { parseDuration } from './duration.ts';
export { requireFiles } from './files.ts';
export { booksOf, loadProject, type Books, type Project } from './load.ts';
export { nearest } from './nearest.ts';
export { auditor, auditOwner, viewsOwner, viewsSchema } from './reserved.ts';
export {
  gateIds,
  inventoryDefaults,
  stateFolder,
  verbs,
  type Config,
  type GateId,
  type InventorySettings,
  type Verb,
} from './schema.ts';
export {
  loadSignals,
  loadSnapshotPlan,
  type Loaded,
  type PlannedTable,
  type SignalDefinitions,
  type SnapshotPlan,
} from './snapshot-plan.ts';
export { configText } from './write.ts';
export { withThresholds } from './thresholds.ts';
