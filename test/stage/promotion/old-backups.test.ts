import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { oldBackups } from '../../../stage/promotion/old-backups.ts';
import { temporaryFolder } from '../../support/home.ts';
import { contextOf, orderOf } from './order.ts';

const dump = (target: string, day: string) => `${target}-promote-${day}T120000Z-0a1b2c3d.dump`;

/** A folder of dumps, and what is in it after the phase, which keeps dumps for ten days before 2025-09-22 12:00. */
async function after(names: readonly string[], isDryRun = false) {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  for (const name of names) await writeFile(join(folder.path, name), '');
  const context = contextOf(orderOf({ promotion: { backup: { folder: '.', keep: '10d' } }, isDryRun }, folder.path));
  const run = async () => {
    await oldBackups.run(context);
    return (await readdir(folder.path)).sort();
  };
  return { run, folder: folder.path, context };
}

describe('dumps that are too old', () => {
  test('go, and those within the time stay, to the second', async () => {
    const names = ['20250801', '20250911', '20250912', '20250920'].map((day) => dump('live', day));
    const { run } = await after(names);
    expect(await run()).toEqual([dump('live', '20250912'), dump('live', '20250920')]);
  });

  test('stay where one is the newest there is', async () => {
    const { run } = await after([dump('live', '20240101'), dump('live', '20240102')]);
    expect(await run()).toEqual([dump('live', '20240102')]);
  });

  test('stay where they are of a target whose name begins alike, or no dumps at all', async () => {
    const others = [dump('live-2', '20240101'), dump('live-2', '20240102'), 'live-notes.txt', 'live-promote-1.dump'];
    const { run } = await after([...others, dump('live', '20240101'), dump('live', '20250920')]);
    expect(await run()).toEqual([...others, dump('live', '20250920')].sort());
  });

  test('stay in a dry run', async () => {
    const names = [dump('live', '20240101'), dump('live', '20240102')];
    expect(await (await after(names, true)).run()).toEqual(names);
  });

  test('are named with a warning where they cannot be removed', async () => {
    const { run, folder, context } = await after([dump('live', '20250920')]);
    await mkdir(join(folder, dump('live', '20240101')));
    await run();
    expect(context.measurements).toMatchObject([{ severity: 'warning', verdict: 'go', violations: 1 }]);
    expect(context.measurements[0]!.findings[0]!.object).toBe(join(folder, dump('live', '20240101')));
  });
});
