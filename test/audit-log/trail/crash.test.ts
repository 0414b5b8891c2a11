import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { readTrail, verifyTrail } from '../../../audit-log/trail/index.ts';
import { temporaryTrail } from './support.ts';
import type { TemporaryTrail } from './support.ts';

const kills = 25;
// One append to the long day file makes about twenty changes: kills fall anywhere in two of them.
const changesPerKill = 40;

test('kill -9 at any moment never tears, loses or doubles an entry', async () => {
  await using trail = await temporaryTrail();
  // A long day file, so that writing it takes a good part of each append.
  await trail.append('Long', 'x'.repeat(8_000_000));
  const acknowledged = ['Long'];
  for (let kill = 1; kill <= kills; kill += 1) {
    acknowledged.push(...(await appendUntilKilled(trail, `round${kill}`)));
    const { problems } = await verifyTrail(trail.directory);
    expect(problems).toEqual([]);
  }
  await trail.append('Last', 'after the last kill');

  const present = (await readTrail(trail.directory)).map(({ heading }) => heading);
  expect(acknowledged.length).toBeGreaterThan(kills);
  expect(present).toEqual(expect.arrayContaining(acknowledged));
  expect(new Set(present).size).toBe(present.length);
  expect(unacknowledgedByRound(present, acknowledged).every((count) => count <= 1)).toBe(true);
  expect(await trail.files()).toEqual(['2025-09-22.md']);
}, 180_000); // each kill costs a process and writes of eight megabytes: minutes on a busy disk

/** Starts a writer, kills it at some change of its folder after the first entry, and returns what it was told is there. */
async function appendUntilKilled(trail: TemporaryTrail, label: string): Promise<string[]> {
  const program = join(import.meta.dirname, 'appender.ts');
  const writer = spawn(process.execPath, [program, trail.directory, trail.lockFile, label], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(writer.stdout);
  const exit = once(writer, 'exit');
  await Promise.race([once(writer.stdout, 'data'), exit]);
  // A writer that fails by itself ends the wait too, and shows in its exit.
  await Promise.race([changesIn(trail.directory, 1 + Math.floor(Math.random() * changesPerKill)), exit]);
  writer.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  return (await output).split('\n').filter((heading) => heading !== '');
}

/** Waits for a number of changes, so that the moments fall where something is being written. */
async function changesIn(directory: string, count: number): Promise<void> {
  let seen = 0;
  for await (const _change of watch(directory)) if ((seen += 1) >= count) return;
}

/** A writer may die between the rename and its report, so one entry of each may be there unacknowledged. */
function unacknowledgedByRound(present: string[], acknowledged: string[]): number[] {
  const extra = present.filter((heading) => !acknowledged.includes(heading) && heading !== 'Last');
  return Object.values(Object.groupBy(extra, (heading) => heading.split('-')[0]!)).map((headings) => headings!.length);
}
