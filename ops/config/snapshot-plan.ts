import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { codeOf, DrydockError } from '../errors.ts';
import { sha256 } from '../evidence.ts';
import { parseAs } from './problems.ts';

const duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration is a number and a unit: 500ms, 30s, 10m, 7d');
const size = z
  .string()
  .regex(/^\d+(kB|MB|GB)$/, 'a size is a number and a unit: 500kB, 100MB, 2GB')
  .transform(bytesOf)
  .pipe(z.number().max(100e9, 'at most 100GB'));
const timestamp = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/, "write it as 'YYYY-MM-DD HH:MM:SS+00'");
const variable = z.string().regex(/^[A-Za-z_]\w*$/, 'name an environment variable; a secret is never written here');

/** The columns to export: named, or all when that is said. Without it the keys and foreign keys only. */
const columns = z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]);
const mask = z.record(z.string(), z.enum(['null', 'hash']));
const predicate = z.string().min(1).max(10_000);

const table = { columns: columns.optional(), where: predicate.optional(), mask: mask.default({}) };
const rows = z.int().min(1).max(1_000_000_000);

const limits = z.strictObject({
  statement: duration.default('30s'),
  lock: duration.default('250ms'),
  total: duration.default('10m'),
  rows: rows.default(100_000),
  bytes: size.default(500e6),
  cost: z.number().min(1).max(100e6, 'at most 100 million, whatever the plan').default(1_000_000),
});

const follow = z.strictObject({
  parents: z.boolean().default(true),
  children: z.union([z.boolean(), z.array(z.string().min(1))]).default(false),
  depth: z.int().min(1).max(20).default(1),
  rowsPerEdge: rows.default(10_000),
  edges: z.record(z.string(), z.strictObject({ rows: rows.optional(), skip: z.boolean().default(false) })).default({}),
});

const planSchema = z.strictObject({
  schema: z.string().min(1).optional(),
  window: z.strictObject({ start: timestamp, end: timestamp }).optional(),
  seeds: z.array(z.strictObject({ table: z.string().min(1), ...table, limit: rows.optional() })).min(1),
  follow: follow.prefault({}),
  tables: z.record(z.string(), z.strictObject(table)).default({}),
  watermark: z.strictObject({ table: z.string().min(1), column: z.string().min(1) }).optional(),
  maskSaltFrom: variable.optional(),
  limits: limits.prefault({}),
  retention: duration.default('30d'),
});

const signalsSchema = z.strictObject({
  signals: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, 'an id has small letters, digits, _ and -'),
        table: z.string().min(1),
        where: predicate,
        type: z.enum(['positive', 'negative']),
        incidence: z.enum(['fallback', 'empty-result']).optional(),
      }),
    )
    .min(1)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, 'an id stands for one signal'),
});

/** What a snapshot reads: seed tables, what is followed from them, and what it may cost. */
export type SnapshotPlan = z.infer<typeof planSchema>;
export type PlannedTable = Pick<SnapshotPlan['seeds'][number], 'columns' | 'where' | 'mask'>;
/** Definitions of what counts as a signal: a predicate over a table of a snapshot. */
export type SignalDefinitions = z.infer<typeof signalsSchema>;

/** A file that was read and understood. */
export interface Loaded<T> {
  readonly value: T;
  readonly text: string;
  readonly sha256: string;
}

/** Reads a plan. @throws CONFIG_MISSING, or CONFIG_INVALID that lists every problem at once */
export function loadSnapshotPlan(path: string): Promise<Loaded<SnapshotPlan>> {
  return load(path, planSchema, 'Correct it; audit-log/snapshots/README.md explains every key of a plan.');
}

/** Reads definitions of signals. @throws CONFIG_MISSING, or CONFIG_INVALID that lists every problem at once */
export function loadSignals(path: string): Promise<Loaded<SignalDefinitions>> {
  return load(path, signalsSchema, 'Correct it; audit-log/snapshots/README.md explains every key of a definition.');
}

async function load<T>(path: string, schema: z.ZodType<T>, hint: string): Promise<Loaded<T>> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new DrydockError('CONFIG_MISSING', `Cannot read ${path}: ${codeOf(error)}.`, {
      hint: 'Name a file that is there; "drydock snapshot --help" shows an example.',
      cause: error,
    });
  });
  return { value: parseAs(schema, path, text, hint), text, sha256: sha256(text) };
}

function bytesOf(text: string): number {
  const units: Record<string, number> = { kB: 1e3, MB: 1e6, GB: 1e9 };
  return Number.parseInt(text, 10) * units[text.slice(-2)]!;
}
