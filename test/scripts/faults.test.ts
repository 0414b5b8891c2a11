import { describe, expect, test } from 'vitest';
import { execa } from 'execa';
import { disasters, type Disaster, type Wreckage } from '../../scripts/faults/disaster.ts';
import { killAtRandom, victims, type Aftermath } from '../../scripts/faults/kill.ts';

describe.runIf(process.platform === 'linux')('kill -9 at a random moment', () => {
  test('of command line, keeper or server leaves nothing that the next command does not clear', async () => {
    const all: Aftermath[] = [];
    for await (const aftermath of killAtRandom(6, 7)) all.push(aftermath);
    expect(new Set(all.map(({ victim }) => victim)).size).toBe(victims.length);
    expect(all.flatMap(({ left }) => left)).toEqual([]);
  });
});

const mayMount = !(await execa('unshare', ['--mount', 'true'], { reject: false })).failed;

/** What each disaster must come to: exit codes of the commands it hit, and what the user is told. */
const expected: Record<Disaster, { exits: number[]; said: RegExp }> = {
  'disk full under a run': { exits: [1, 0], said: /SQL_FAILED: sql\/shop\/0020_fill\.sql:.*No space left on device/ },
  'data directory deleted under a run': {
    exits: [1],
    said: /(CONNECT|SERVER|SQL)_FAILED: .*(No such file|not a valid data directory)/,
  },
  'data directory deleted under a kept staging': { exits: [0], said: /kept by process/ },
  'port stolen before up': { exits: [1], said: /PROVIDER_PORT_TAKEN: Port \d+ .* is in use by another program/ },
  'port of a dead server taken over by a stranger': { exits: [0], said: /kept by process/ },
  'clock set back a day during a run': { exits: [0, 0, 0], said: /GO {2}in/ },
  'clock set forward under a kept staging': { exits: [0], said: /kept by process/ },
};

describe.runIf(process.platform === 'linux')('a disaster leaves nothing, and is told as what it is', () => {
  test.for(Object.keys(disasters) as Disaster[])('%s', async (name, { skip }) => {
    skip(name === 'disk full under a run' && !mayMount, 'a small disk needs the right to mount');
    const { exits, said, left }: Wreckage = await disasters[name]();
    expect({ exits, left }).toEqual({ exits: expected[name].exits, left: [] });
    expect(said).toMatch(expected[name].said);
  });
});
