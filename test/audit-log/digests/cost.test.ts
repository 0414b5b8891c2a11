import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { costDigest, fileTallies } from '../../../audit-log/digests/index.ts';
import { loadCostWeights } from '../../../ops/policies/index.ts';
import { at, placeOf, spool, weights, window, yesterday } from '../../support/digests.ts';
import { spoolDirectory } from '../../support/events.ts';

describe('anomalies', () => {
  test('are hours that cost or fail three times what the 24 hours before did, with calls enough to say so', async () => {
    await using directory = await spoolDirectory();
    const quiet = Array.from({ length: 48 }, (_, i) => at(i * 0.5 - 24, { tool: 'steady' }));
    const steady = Array.from({ length: 20 }, (_, i) => at(10 + i / 100, { tool: 'steady' }));
    const few = [
      ...Array.from({ length: 24 }, (_, i) => at(i - 14, { tool: 'rare' })),
      ...Array.from({ length: 9 }, (_, i) => at(10.5 + i / 100, { tool: 'rare', status: 'failed' as const })),
    ];
    const busier = [
      ...Array.from({ length: 240 }, (_, i) => at(i * 0.1 - 24, { tool: 'busier' })),
      ...Array.from({ length: 25 }, (_, i) => at(0.01 + i / 100, { tool: 'busier' })), // 25 after 10 in each hour
    ];
    const regular = Array.from({ length: 480 }, (_, i) => at(i * 0.1 - 24, { tool: 'regular' }));
    const failing = Array.from({ length: 6 }, (_, i) => at(5 + i / 100, { tool: 'regular', status: 'failed' }));
    spool(directory.path, new Date(window.since.getTime() - 86_400_000).toISOString().slice(0, 10), [
      ...quiet,
      ...steady,
      ...few,
      ...busier,
      ...regular,
      ...failing,
    ]);
    const tallies = fileTallies(directory.path, '');
    const place = { ...placeOf(tallies) };
    const { anomalies } = await costDigest(place, window, weights);
    expect(anomalies.map(({ kind, tool, hour }) => [kind, tool, hour.slice(11, 13)]).sort()).toEqual([
      ['cost', 'steady', '10'],
      ['errors', 'regular', '05'],
    ]);
  });
});

test('a digest names the five most of each kind, by their cost', async () => {
  await using directory = await spoolDirectory();
  const tools = [...'abcdef'].map((tool, n) => at(n, { tool, duration_ms: (n + 1) * 1_000 }));
  spool(directory.path, yesterday, tools);
  const { top, totals } = await costDigest(placeOf(fileTallies(directory.path, '')), window, weights);
  expect(top.tool.map(({ key }) => key)).toEqual(['f', 'e', 'd', 'c', 'b']);
  expect(totals.calls).toBe(6);
});

test('the weights that come along can be read, and a policy with a wrong key is refused by name', async () => {
  expect((await loadCostWeights('ops/policies')).defaults.cost_per_call).toBe(1);
  await using directory = await spoolDirectory();
  mkdirSync(directory.path);
  writeFileSync(join(directory.path, 'cost_weights.yml'), 'defaults: { cost_per_cal: 1 }\ntools: {}\n');
  await expect(loadCostWeights(directory.path)).rejects.toMatchObject({
    code: 'CONFIG_POLICY',
    message: expect.stringContaining('cost_per_cal'),
  });
});
