import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rebaseTrail, verifyTrail, type DayFiles } from '../../../audit-log/trail/index.ts';
import { hostileText } from '../../support/hostile.ts';
import { temporaryTrail, type TemporaryTrail } from './support.ts';

const day = (n: number) => `2025-09-${String(n).padStart(2, '0')}T12:00:00Z`;

/** The trail as a commit of it would have it. */
async function commit(trail: TemporaryTrail): Promise<DayFiles> {
  const names = await trail.files();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(trail.directory, name))] as const)),
  );
}

/** Another trail that begins as this one is now: what a second run was checked out with. */
async function branch(from: DayFiles): Promise<TemporaryTrail> {
  const trail = await temporaryTrail();
  await trail.append('Seed', 'replaced below');
  for (const [file, bytes] of from) await trail.write(file, bytes);
  return trail;
}

/** Two runs that knew the same trail and appended at once; the second one's folder is `mine`. */
async function fork(theirs: number[], mine: number[]) {
  await using base = await temporaryTrail();
  await base.append('First', 'Both know it.', day(22));
  const known = await commit(base);
  const [main, own] = [await branch(known), await branch(known)];
  for (const at of theirs) await main.append(`Main ${at}`, `Of the main branch, ${at}.`, day(at));
  for (const at of mine) await own.append(`Mine ${at}`, `Of my branch, ${at}: | <b> _x_`, day(at));
  const onto = await commit(main);
  await main[Symbol.asyncDispose]();
  return { mine: own, onto, own: await commit(own) };
}

test.each([
  ['on the same day', [22], [22], ['2025-09-22.md']],
  ['on different days', [23], [24], ['2025-09-22.md', '2025-09-23.md', '2025-09-24.md']],
  ['of which mine is the earlier day', [25], [24], ['2025-09-22.md', '2025-09-25.md']],
  ['with several entries each', [22, 24], [23, 23, 24], ['2025-09-22.md', '2025-09-24.md']],
])('two runs at once, %s, become one chain that keeps what both wrote', async (_when, theirs, own, files) => {
  const forked = await fork(theirs, own);
  await using mine = forked.mine;
  const moved = await rebaseTrail({ ...mine, own: forked.own, onto: forked.onto });

  expect(await mine.files()).toEqual(files);
  expect(await verifyTrail(mine.directory)).toMatchObject({ entries: 1 + theirs.length + own.length, problems: [] });
  expect(moved.map(({ heading }) => heading)).toEqual(own.map((at) => `Mine ${at}`));
  for (const [file, bytes] of forked.onto) {
    expect((await mine.read(file)).startsWith(bytes.toString()), `${file} of the other branch goes on`).toBe(true);
  }
  expect((await verifyTrail(mine.directory)).head).toMatchObject(moved.at(-1)!.to);
});

test('the content keeps its sha256, whatever is in it', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      const forked = await fork([22], []);
      await using mine = forked.mine;
      await mine
        .append(`Mine ${text}`, `| a |\n| --- |\n| ${text.replace(/[\r\n<#]/g, ' ')} |`, day(22))
        .catch(() => mine.append('Mine', 'x', day(22)));
      const before = (await mine.read('2025-09-22.md')).split('\n<!--')[1]!.split('-->\n\n')[1]!;
      const [moved] = await rebaseTrail({ ...mine, own: await commit(mine), onto: forked.onto });
      const after = (await mine.read('2025-09-22.md')).split('\n<!--')[2]!.split('-->\n\n')[1]!;
      expect(after).toBe(before);
      expect(moved!.contentSha256).toMatch(/^[0-9a-f]{64}$/);
      expect(moved!.to.sha256).not.toBe(moved!.from.sha256);
    }),
    { numRuns: 25 },
  );
});

test('the folder may be in the middle of a merge that Git could not do', async () => {
  const forked = await fork([22], [22]);
  await using mine = forked.mine;
  const [ours, theirs] = [forked.own, forked.onto].map((files) => files.get('2025-09-22.md')!.toString());
  await mine.write('2025-09-22.md', `${ours!}<<<<<<< HEAD\n=======\n${theirs!}>>>>>>> main\n`);
  await rebaseTrail({ ...mine, own: forked.own, onto: forked.onto });
  expect(await verifyTrail(mine.directory)).toMatchObject({ entries: 3, problems: [] });
});

test('verify names a fork, and the way out of it', async () => {
  const forked = await fork([23], [24]);
  await using mine = forked.mine;
  for (const [file, bytes] of forked.onto) await mine.write(file, bytes);
  const { problems } = await verifyTrail(mine.directory);
  expect(problems).toMatchObject([{ kind: 'inserted', heading: 'Mine 24', file: '2025-09-24.md' }]);
  expect(problems[0]!.message).toContain('drydock trail rebase');
});

test('done a second time it changes nothing', async () => {
  const forked = await fork([22], [22]);
  await using mine = forked.mine;
  await rebaseTrail({ ...mine, own: forked.own, onto: forked.onto });
  const once = await commit(mine);
  expect(await rebaseTrail({ ...mine, own: once, onto: forked.onto })).toEqual([]);
  expect(await commit(mine)).toEqual(once);
});

test('what was half done when it was killed is done by the next one', async () => {
  const forked = await fork([23], [24]);
  await using mine = forked.mine;
  for (const [file, bytes] of forked.onto) await mine.write(file, bytes);
  await rebaseTrail({ ...mine, own: forked.own, onto: forked.onto });
  expect(await verifyTrail(mine.directory)).toMatchObject({ entries: 3, problems: [] });
});

test('an entry that is in no commit is not lost', async () => {
  const forked = await fork([22], [22]);
  await using mine = forked.mine;
  await mine.append('Fresh', 'Written a moment ago.', day(22));
  const before = await commit(mine);
  await expect(rebaseTrail({ ...mine, own: forked.own, onto: forked.onto })).rejects.toMatchObject({
    code: 'TRAIL_UNCOMMITTED',
    message: expect.stringContaining('Entry 3 in 2025-09-22.md'),
  });
  expect(await commit(mine)).toEqual(before);
});

test.each([
  ['edited', (text: string) => text.replace('Both know it.', 'Nobody knows it.')],
  ['added to by hand', (text: string) => `${text}\nLooks fine to me.\n`],
  ['torn', (text: string) => text.slice(0, -10)],
])('a trail that was %s is not built upon, on either side', async (_how, spoil) => {
  const forked = await fork([22], [22]);
  await using mine = forked.mine;
  const spoilt = (files: DayFiles) =>
    new Map([...files].map(([file, bytes]) => [file, Buffer.from(spoil(`${bytes}`))]));
  const before = await commit(mine);
  for (const versions of [
    { own: spoilt(forked.own), onto: forked.onto },
    { own: forked.own, onto: spoilt(forked.onto) },
  ]) {
    await expect(rebaseTrail({ ...mine, ...versions })).rejects.toMatchObject({ code: 'TRAIL_BROKEN' });
  }
  expect(await commit(mine)).toEqual(before);
});
