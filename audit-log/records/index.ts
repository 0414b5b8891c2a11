/** The audit record: what is written, read, kept, erased, sealed and verified. */
export { archivePlan, archiveRecords, type ArchiveReport, type FrozenMonth, type PlannedPartition } from './archive.ts';
export { exportLines, type ExportOrder } from './export.ts';
export { attackAuditTable, noticedBySeals, type Attempt } from './attack/index.ts';
export { getAuditTrail, logAuditEvent, type AuditEventPayload, type TrailRecord } from './client.ts';
export {
  approveErasure,
  certifyErasure,
  executeErasure,
  listErasures,
  requestErasure,
  type ErasureCertificate,
  type ErasureOrder,
  type ErasureRequest,
} from './erasure.ts';
export {
  activityReport,
  noted,
  upkeep,
  type ActivityReport,
  type AlarmHook,
  type HealthItem,
  type UpkeepReport,
} from './health.ts';
export { makeKeys, openKeys, openPublicKey, type Keys } from './keys.ts';
export { migrateRecords, recordMigrations } from './migrate.ts';
export {
  verifierSource,
  type Anchor,
  type Checkpoint,
  type ExportEnd,
  type OfflineReport,
  type Problem,
} from './proof/index.ts';
export { publisherOf, type Publisher } from './publish.ts';
export { recordSession } from './queries.ts';
export { restoreMonth } from './restore.ts';
export { Sealer, type SealOrder, type SealReport } from './seal.ts';
export { connectWorkspaces, trackTable, type TrackOrder } from './track.ts';
export { verifyRecords, type VerifyReport } from './verify.ts';
