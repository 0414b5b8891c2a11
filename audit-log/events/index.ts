/** Tool events: one event type, its stores, and what is done with what they keep. */
export { realDisk, type Disk } from './disk.ts';
export { newEvent, parseEvent, statuses, type GivenCall, type Status, type ToolEvent } from './event.ts';
export { spoolFiles, type SpoolFile } from './file-names.ts';
export { hashInput, type HashKey } from './input-hash.ts';
export { migrateEvents, toolEventMigrations, type MigrateReport } from './migrate.ts';
export { openEventStore, startLine, type StoreOrder } from './open.ts';
export { replay, type ReplayReport } from './replay.ts';
export { readRejections, type Rejection } from './rejects.ts';
export { sourceOf } from './source.ts';
export { stretchesOf } from './spool-reader.ts';
export { AutoStore } from './stores/auto.ts';
export { MemoryStore } from './stores/memory.ts';
export { backends, type Backend, type Counters, type EventStore, type Receipt } from './stores/store.ts';
export { EventTable } from './table.ts';
