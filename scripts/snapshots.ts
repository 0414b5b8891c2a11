import { join, resolve } from 'node:path';
import { estimateSnapshot, removeExpired, takeSnapshot, type SnapshotOrder } from '../audit-log/snapshots/index.ts';
import { loadSignals, loadSnapshotPlan } from '../ops/config/index.ts';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import type { Options } from './command.ts';
import { databaseOfEnv, maskSaltOf } from './database-env.ts';
import { sourceOf } from './git.ts';
import type { Io } from './io.ts';
import { estimateText, snapshotText } from './render/snapshots.ts';
import { jsonOf } from './render/json.ts';
import { oneLined } from '../ops/visible.ts';

/** Takes a snapshot, or estimates it, and shows the manifest. */
export async function snapshotDatabase(io: Io, options: Options): Promise<number> {
  const order = await orderOf(io, options);
  if (options['estimate'] === true) {
    const estimate = await estimateSnapshot(order);
    io.out(options.json ? jsonOf(estimate) : estimateText(oneLined(estimate)));
    return exitCodes.go;
  }
  const { manifest, folder } = await takeSnapshot(order);
  const expired = await removeExpired(order.place, order.now());
  io.out(options.json ? jsonOf({ folder, expired, manifest }) : snapshotText(oneLined(manifest), folder, expired));
  return exitCodes.go;
}

async function orderOf(io: Io, options: Options): Promise<SnapshotOrder> {
  const file = text(options, 'plan');
  if (file === undefined) {
    throw new DrydockError('USAGE_SNAPSHOT', 'There is no plan of what to read.', {
      hint: 'Name one with --plan; audit-log/snapshots/README.md shows how it looks.',
    });
  }
  const plan = await loadSnapshotPlan(resolve(io.cwd, file));
  const signals = text(options, 'signals');
  const env = text(options, 'env');
  const { target, schema } = await databaseOfEnv(io, env && resolve(io.cwd, env));
  const source = await sourceOf(io.cwd);
  return {
    target,
    schema,
    plan,
    signals: signals === undefined ? undefined : await loadSignals(resolve(io.cwd, signals)),
    place: resolve(io.cwd, text(options, 'out') ?? join('.context', folderName(source.branch), 'prod-snapshots')),
    source,
    sessions: sessionsOf(text(options, 'sessions')!),
    output: { zstd: options['zstd'] === true, parquet: options['parquet'] === true },
    maskSalt: maskSaltOf(io, plan.value),
    now: io.now,
    signal: io.signal,
  };
}

/** A branch may have slashes in its name; its folder is one. */
function folderName(branch: string): string {
  return branch.replace(/[^\w.-]/g, '-').replace(/^\.+/, '');
}

function sessionsOf(given: string): number {
  const count = Number(given);
  if (Number.isInteger(count) && count >= 1 && count <= 8) return count;
  throw new DrydockError('USAGE_SNAPSHOT', `"${given}" is no number of sessions.`, {
    hint: 'Write --sessions with a number from 1 to 8.',
  });
}

function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
