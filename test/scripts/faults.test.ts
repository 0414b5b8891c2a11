import { describe, expect, test } from 'vitest';
import { killAtRandom, victims, type Aftermath } from '../../scripts/faults/kill.ts';

describe.runIf(process.platform === 'linux')('kill -9 at a random moment', () => {
  test('of command line, keeper or server leaves nothing that the next command does not clear', async () => {
    const all: Aftermath[] = [];
    for await (const aftermath of killAtRandom(6, 7)) all.push(aftermath);
    expect(new Set(all.map(({ victim }) => victim)).size).toBe(victims.length);
    expect(all.flatMap(({ left }) => left)).toEqual([]);
  });
});
