import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  costDigest,
  costMarkdown,
  fileDigest,
  fileTallies,
  type TallySource,
} from '../../../audit-log/digests/index.ts';
import { at, events, placeOf, spool, weights, window, yesterday } from '../../support/digests.ts';
import { spoolDirectory } from '../../support/events.ts';

describe('a filed digest', () => {
  test('is left alone while it says the same, and restated with a version when late events change it', async () => {
    await using directory = await spoolDirectory();
    const path = join(directory.path, 'cost', yesterday);
    const make = async (count: number) => {
      spool(directory.path, yesterday, events.slice(0, count));
      return fileDigest(path, await costDigest(placeOf(fileTallies(directory.path, '')), window, weights), {
        md: costMarkdown,
      });
    };
    expect(await make(2)).toMatchObject({ isNew: true, digest: { version: 1, restates: null } });
    expect(await make(2)).toMatchObject({ isNew: false, digest: { version: 1 } });
    const restated = await make(3);
    expect(restated).toMatchObject({
      isNew: true,
      digest: { version: 2, restates: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(readFileSync(`${path}.md`, 'utf8')).toContain('version 2: it replaces version 1');
    expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toEqual(restated.digest);
  });

  test('says where it cannot be written, and what is no digest', async () => {
    await using directory = await spoolDirectory();
    mkdirSync(directory.path, { recursive: true });
    const [file, torn] = [join(directory.path, 'file'), join(directory.path, yesterday)];
    writeFileSync(file, '');
    writeFileSync(`${torn}.json`, '{"version": 1,');
    const digest = await costDigest(placeOf(fileTallies(directory.path, '')), window, weights);
    await expect(fileDigest(join(file, yesterday), digest)).rejects.toMatchObject({
      code: 'DIGEST_WRITE',
      message: `Cannot write ${join(file, yesterday)}.json: ENOTDIR.`,
    });
    await expect(fileDigest(torn, digest)).rejects.toMatchObject({ code: 'DIGEST_TORN' });
    expect(readFileSync(`${torn}.json`, 'utf8')).toBe('{"version": 1,');
  });

  test('does not let a name change its Markdown', async () => {
    await using directory = await spoolDirectory();
    spool(directory.path, yesterday, [at(1, { user_id: 'a_b~~c' })]);
    const digest = await costDigest(placeOf(fileTallies(directory.path, '')), window, weights);
    expect(costMarkdown(digest, 1)).toContain('| a_b\\~\\~c |');
  });

  test('calls itself no-go when its window does not balance, and unproven when nothing can be compared', async () => {
    await using directory = await spoolDirectory();
    const none: TallySource = fileTallies(directory.path, '');
    const gap = {
      source: 'x',
      emitted: 3,
      stored: 1,
      spooled: 1,
      rejected: 0,
      balanced: false,
      gaps: [{ minute: 'then', emitted: 3, stored: 1, spooled: 1, rejected: 0 }],
    };
    const incomplete = await costDigest({ ...placeOf(none), reconcile: async () => gap }, window, weights);
    expect(incomplete.completeness).toMatchObject({
      verdict: 'no-go',
      reason: expect.stringContaining('1 minutes do not balance'),
    });
    expect((await costDigest(placeOf(none), window, weights)).completeness.verdict).toBe('unproven');
    expect((await costDigest(placeOf(none), window, weights)).totals).toMatchObject({ calls: 0, error_rate: null });
  });
});
