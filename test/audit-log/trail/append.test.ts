import { createHash } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTrail, verifyTrail } from '../../../audit-log/trail/index.ts';
import { line, table } from '../../../ops/markdown.ts';
import { hostileText } from '../../support/hostile.ts';
import { temporaryTrail } from './support.ts';

test('the first entry starts the day file with its title and the chain with genesis', async () => {
  await using trail = await temporaryTrail();
  const entry = await trail.append('Automation Close-Out (2025-09-22T15:37:06Z)', '- Run: 1\n');
  expect(entry).toMatchObject({ file: '2025-09-22.md', number: 1, prev: 'genesis' });
  expect(await trail.read('2025-09-22.md')).toBe(
    [
      '# Audit Trail - Database Housekeeping Operations',
      '## Date: 2025-09-22',
      '',
      '## Automation Close-Out (2025-09-22T15:37:06Z)',
      '',
      '- Run: 1',
      '',
      `<!-- drydock entry=1 sha256=${entry.sha256} prev=genesis -->`,
      '',
    ].join('\n'),
  );
});

test('the chain goes on from day to day, and reading gives back what was appended', async () => {
  await using trail = await temporaryTrail();
  const first = await trail.append('One', 'first', '2025-09-22T23:59:59.999Z');
  const second = await trail.append('Two', 'second\n\n- a\n- b', '2025-09-23T00:00:00Z');
  expect(second).toMatchObject({ file: '2025-09-23.md', number: 2, prev: first.sha256 });
  expect(await readTrail(trail.directory)).toEqual([
    { number: 1, heading: 'One', body: 'first', sha256: first.sha256, file: '2025-09-22.md' },
    { number: 2, heading: 'Two', body: 'second\n\n- a\n- b', sha256: second.sha256, file: '2025-09-23.md' },
  ]);
});

test('anyone can recompute the sha256 of an entry from its bytes, its number, its day and the one before', async () => {
  await using trail = await temporaryTrail();
  const first = await trail.append('One', 'first');
  const { sha256 } = await trail.append('Two', 'a\r\nb');
  const content = `entry=2 day=2025-09-22 prev=${first.sha256}\n## Two\n\na\nb\n\n`;
  expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  expect(await trail.read('2025-09-22.md')).toContain(`\n## Two\n\na\nb\n\n<!-- drydock entry=2 sha256=${sha256} `);
});

test('appending leaves every earlier byte as it was', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', 'first');
  const before = await trail.read('2025-09-22.md');
  await trail.append('Two', 'second');
  expect((await trail.read('2025-09-22.md')).startsWith(before)).toBe(true);
});

test('a clock that went back appends to the newest day', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', '', '2025-09-23T00:00:01Z');
  const second = await trail.append('Two', '', '2025-09-22T23:59:59Z');
  expect(second.file).toBe('2025-09-23.md');
  expect(await verifyTrail(trail.directory)).toMatchObject({ entries: 2, problems: [] });
});

test('any text of others, once rendered, is appended and verifies', async () => {
  await using trail = await temporaryTrail();
  const texts = fc.array(hostileText, { minLength: 1, maxLength: 4 });
  let entries = 0;
  await fc.assert(
    fc.asyncProperty(texts, hostileText, async (bodies, heading) => {
      for (const body of bodies) await trail.append(heading, `${line(body)}\n\n${table([body], [[body]])}`);
      entries += bodies.length;
      expect(await verifyTrail(trail.directory)).toMatchObject({ entries, problems: [] });
      expect((await readTrail(trail.directory)).at(-1)!.heading).toBe(line(heading));
    }),
    { numRuns: 60 },
  );
});

test('any raw text either is refused by name or is appended and verifies', async () => {
  await using trail = await temporaryTrail();
  const seen = { appended: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(hostileText, async (body) => {
      const outcome = await trail.append('Raw', body).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'TRAIL_ENTRY_FORGED' });
        seen.refused += 1;
      } else {
        seen.appended += 1;
      }
      if (seen.appended > 0)
        expect(await verifyTrail(trail.directory)).toMatchObject({ entries: seen.appended, problems: [] });
    }),
    { numRuns: 150 },
  );
  expect(Math.min(seen.appended, seen.refused)).toBeGreaterThan(10);
});

test.each([
  ['text\n## Automation Close-Out\n', 'Line 2 of the entry "Forged" would pass for the heading of an entry'],
  ['text\r\r\n# Title', 'Line 3 of the entry "Forged" would pass for the heading of an entry'],
  ['   ##\tx', 'would pass for the heading of an entry'],
  [`<!-- drydock entry=1 sha256=${'0'.repeat(64)} prev=genesis -->`, 'would pass for a chain line'],
  ['hidden <!-- from here', 'would pass for a chain line'],
])('a body that forges a boundary, %j, is refused and nothing is written', async (body, message) => {
  await using trail = await temporaryTrail();
  await trail.append('One', 'first');
  const before = await trail.read('2025-09-22.md');
  const refusal = { code: 'TRAIL_ENTRY_FORGED', message: expect.stringContaining(message) };
  await expect(trail.append('Forged', body)).rejects.toMatchObject(refusal);
  expect(await trail.read('2025-09-22.md')).toBe(before);
});

test('headings from level three down, rules and tables are welcome in a body', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', '### Gates\n\n| a |\n| --- |\n| b |\n\n---\n\n#### More #1');
  expect(await verifyTrail(trail.directory)).toMatchObject({ entries: 1, problems: [] });
});

test('entries appended at once in one process all arrive, in a whole chain', async () => {
  await using trail = await temporaryTrail();
  const appended = await Promise.all(Array.from({ length: 20 }, (_, i) => trail.append(`Entry ${i}`, `body ${i}`)));
  expect(appended.map(({ number }) => number).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  expect(await verifyTrail(trail.directory)).toMatchObject({ entries: 20, problems: [] });
});

test('four processes appending at once lose, double and tear nothing', async () => {
  await using trail = await temporaryTrail();
  const program = join(import.meta.dirname, 'appender.ts');
  const children = ['a', 'b', 'c', 'd'].map((label) =>
    spawn(process.execPath, [program, trail.directory, trail.lockFile, label, '25'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const exits = await Promise.all(children.map((child) => once(child, 'exit')));
  expect(exits.map(([code]) => code)).toEqual([0, 0, 0, 0]);
  expect(await verifyTrail(trail.directory)).toMatchObject({ entries: 100, problems: [] });
  const headings = (await readTrail(trail.directory)).map(({ heading }) => heading);
  expect(new Set(headings).size).toBe(100);
});

test('what a dead writer left behind is removed by the next append', async () => {
  await using trail = await temporaryTrail();
  await mkdir(trail.directory);
  await trail.write('.unfinished.tmp', '# Audit Trail - half of');
  await trail.append('One', 'first');
  expect(await trail.files()).toEqual(['2025-09-22.md']);
});

test('a torn end is refused, with the command that names it', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', 'first');
  await trail.append('Two', 'second');
  const whole = await trail.read('2025-09-22.md');
  for (const torn of [
    whole.slice(0, -1),
    whole.slice(0, -80),
    whole.replace('second', 'secund'),
    `${whole}\nA note.\n`,
  ]) {
    await trail.write('2025-09-22.md', torn);
    await expect(trail.append('Three', 'third')).rejects.toMatchObject({
      code: 'TRAIL_BROKEN',
      hint: expect.stringContaining('drydock trail verify'),
    });
    expect(await trail.read('2025-09-22.md')).toBe(torn);
  }
});

test('an end that does not follow the entry before is refused', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', 'first');
  const one = (await trail.read('2025-09-22.md')).split('\n').slice(2).join('\n');
  await trail.append('Two', 'second');
  await trail.write('2025-09-22.md', (await trail.read('2025-09-22.md')) + one);
  await expect(trail.append('Three', 'third')).rejects.toMatchObject({ code: 'TRAIL_BROKEN' });
});

test('damage further up does not stop the record from going on', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', 'first');
  await trail.append('Two', 'second');
  await trail.write('2025-09-22.md', (await trail.read('2025-09-22.md')).replace('first', 'fist'));
  await trail.append('Three', 'third');
  const { problems } = await verifyTrail(trail.directory);
  expect(problems).toMatchObject([{ heading: 'One', kind: 'edited' }]);
});

test('an editor that saves the file during an append loses nothing, and the append is refused', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', 'first');
  const edited = `${await trail.read('2025-09-22.md')}\nA note by hand.\n`;
  const appending = trail.append('Two', 'x'.repeat(30_000_000));
  while (!(await readdir(trail.directory)).includes('.unfinished.tmp')) await setImmediate();
  await trail.write('2025-09-22.md', edited);
  await expect(appending).rejects.toMatchObject({ code: 'TRAIL_CHANGED' });
  expect(await trail.read('2025-09-22.md')).toBe(edited);
  expect(await trail.files()).toEqual(['2025-09-22.md']);
});

test('a folder that cannot be written is named, and the trail stays as it was', async () => {
  await using trail = await temporaryTrail();
  await trail.append('One', 'first');
  await chmod(trail.directory, 0o555);
  await expect(withoutPrivileges(trail.lockFile, () => trail.append('Two', 'second'))).rejects.toMatchObject({
    code: 'TRAIL_UNWRITABLE',
    message: expect.stringContaining('EACCES'),
  });
  expect(await verifyTrail(trail.directory)).toMatchObject({ entries: 1, problems: [] });
});

test('a full disk is named, and leaves room and trail as they were', async ({ skip }) => {
  await using trail = await temporaryTrail();
  using disk = await smallDisk(trail.directory);
  if (!disk) return skip('only root on Linux can mount a small disk');
  await trail.append('One', 'first');
  await expect(trail.append('Two', 'x'.repeat(300_000))).rejects.toMatchObject({
    code: 'TRAIL_UNWRITABLE',
    message: expect.stringContaining('ENOSPC'),
  });
  expect(await trail.files()).toEqual(['2025-09-22.md']);
  await trail.append('Three', 'third');
  expect(await verifyTrail(trail.directory)).toMatchObject({ entries: 2, problems: [] });
});

test('a trail that is not there cannot be verified or read', async () => {
  await using trail = await temporaryTrail();
  await expect(verifyTrail(trail.directory)).rejects.toMatchObject({ code: 'TRAIL_UNREADABLE' });
  await expect(readTrail(trail.directory)).rejects.toMatchObject({ code: 'TRAIL_UNREADABLE' });
});

/** Root writes anywhere, so as root the work is done as nobody, to whom only the lock is opened. */
async function withoutPrivileges<Result>(lockFile: string, work: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return await work();
  const nobody = 65_534;
  await chmod(join(lockFile, '..'), 0o777);
  await writeFile(lockFile, '');
  await chmod(lockFile, 0o666);
  process.seteuid!(nobody);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}

/** A disk of 256 kB at the folder, until disposed; undefined where that is not allowed. */
async function smallDisk(directory: string): Promise<Disposable | undefined> {
  await mkdir(directory);
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory]);
  return mount.status === 0 ? { [Symbol.dispose]: () => spawnSync('umount', [directory]) } : undefined;
}
