/** The audit record: what is written, read, kept, erased, sealed and verified. */
export { archivePlan, archiveRecords, type ArchiveReport } from './archive.ts';
export { exportLines } from './export.ts';
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
export { forbidden } from './forbidden.ts';
export { activityReport, noted, upkeep, type ActivityReport, type UpkeepReport } from './health.ts';
export { makeKeys, openKeys, openPublicKey, type Keys } from './keys.ts';
export { migrateRecords, recordMigrations } from './migrate.ts';
export { verifierSource, type Anchor, type ExportEnd, type OfflineReport } from './proof/index.ts';
export { publisherOf } from './publish.ts';
export { recordSession } from './queries.ts';
export { restoreMonth } from './restore.ts';
export { Sealer, type SealReport } from './seal.ts';
export { connectWorkspaces, trackTable, type TrackOrder } from './track.ts';
export { verifyRecords, type VerifyReport } from './verify.ts';
