import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  discoveries,
  driftDigest,
  twoSidedTail,
  usageDrift,
  type DigestPlace,
  type Tally,
} from '../../../audit-log/digests/index.ts';
import type { Status } from '../../../audit-log/events/index.ts';
import { Session } from '../../../ops/postgres/index.ts';
import { chance } from '../../../scripts/faults/event-faults.ts';
import { eventDatabase, startServer } from '../../support/events.ts';
import type { Staging } from '../../support/staging.ts';

describe("Student's t", () => {
  // critical values of printed tables
  test.each([
    [12.706, 1, 0.05],
    [3.182, 3, 0.05],
    [2.365, 7, 0.05],
    [4.604, 4, 0.01],
    [3.355, 8, 0.01],
  ])('beyond ±%d with %d degrees has the probability %d', (t, degrees, p) => {
    expect(twoSidedTail(t, degrees)).toBeCloseTo(p, 3);
    expect(twoSidedTail(-t, degrees)).toBeCloseTo(p, 3);
  });

  test('of many tests, those are believed that Benjamini and Hochberg would', () => {
    expect(discoveries([0.001, 0.04, 0.012, 0.9], 0.05)).toEqual([true, false, true, false]);
    expect(discoveries([], 0.05)).toEqual([]);
  });
});

describe('usage drift', () => {
  const random = chance(1);
  const shares = [0.4, 0.3, 0.15, 0.1, 0.05];

  /** A week like every other, as far as chance and a busier or quieter gateway let it. */
  function week(calls: number, change: (tool: number) => number = () => 1): Tally[] {
    return shares.flatMap((share, tool) => {
      const wobble = Math.exp((random() - 0.5) * 0.2);
      const made = draw(Math.round(calls * share * wobble * change(tool)));
      const failed = draw(made * 0.02);
      return [tally(`tool-${tool}`, 'pass', made - failed), tally(`tool-${tool}`, 'failed', failed)];
    });
  }

  test('is not seen in more than one of twenty weeks in which nothing happened', () => {
    const alarms = Array.from({ length: 200 }, () => usageDrift(week(5_000), history())).filter(
      ({ verdict }) => verdict === 'no-go',
    );
    expect(alarms.length).toBeLessThanOrEqual(10);
  });

  test('is seen in at least nineteen of twenty weeks in which a tool is called three times as much', () => {
    const seen = Array.from({ length: 200 }, () =>
      usageDrift(
        week(5_000, (tool) => (tool === 3 ? 3 : 1)),
        history(),
      ),
    );
    const named = seen.filter(({ drifts }) => drifts.some(({ tool, share }) => tool === 'tool-3' && share === 'calls'));
    expect(named.length).toBeGreaterThanOrEqual(190);
  });

  test('is seen when a tool begins to fail', () => {
    const broken = week(5_000).map((line) =>
      line.tool === 'tool-1' && line.status === 'failed' ? { ...line, calls: 300 } : line,
    );
    expect(usageDrift(broken, history()).drifts).toMatchObject([{ tool: 'tool-1', share: 'failed' }]);
  });

  test('is seen when a tool is new', () => {
    const drifts = usageDrift([...week(5_000), tally('new', 'pass', 900)], history()).drifts;
    expect(drifts.map(({ tool }) => tool)).toContain('new');
  });

  test('is no change, however certain, that is too small to be news', () => {
    const even = (share: number) => [tally('a', 'pass', share * 1e6), tally('b', 'pass', (1 - share) * 1e6)];
    const before = Array.from({ length: 8 }, () => even(0.5));
    expect(usageDrift(even(0.55), before)).toMatchObject({ verdict: 'go', drifts: [] });
    expect(usageDrift(even(0.65), before).verdict).toBe('no-go');
  });

  test('is not certain because a few quiet weeks before happened to agree', () => {
    const shared = (calls: number, share: number) => [
      tally('a', 'pass', calls * share),
      tally('b', 'pass', calls * (1 - share)),
    ];
    const before = (calls: number) => Array.from({ length: 4 }, () => shared(calls, 0.3));
    expect(usageDrift(shared(5_000, 0.4), before(50))).toMatchObject({ verdict: 'go', tested: 2 });
    expect(usageDrift(shared(5_000, 0.4), before(5_000)).verdict).toBe('no-go');
  });

  test('says "not enough data" rather than go', () => {
    expect(usageDrift(week(5_000), history().slice(0, 3))).toMatchObject({ verdict: 'unproven', tested: 0 });
    expect(usageDrift(week(5_000), history().slice(0, 4)).verdict).not.toBe('unproven');
    expect(usageDrift(week(20), history()).reason).toContain('not enough data');
    expect(usageDrift([], [])).toMatchObject({ verdict: 'unproven' });
  });

  function history(): Tally[][] {
    return Array.from({ length: 8 }, () => week(5_000));
  }

  /** About so many, as chance has it (a normal curve, which is near enough here). */
  function draw(mean: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
  }
});

describe('drift from what is declared', () => {
  const window = { since: new Date('2025-09-15T00:00:00Z'), until: new Date('2025-09-22T00:00:00Z') };
  const policy = {
    services: ['gate-1', 'gate-2'],
    tools: ['search', 'mail', 'fax'],
    agents: { default: ['search'], sofiia: ['search', 'mail'] },
  };

  const place = (tallies: Tally[], more: Partial<DigestPlace> = {}): DigestPlace => ({
    tallies: { name: 'x', total: async () => tallies, hourly: async () => [] },
    reconcile: async () => undefined,
    now: () => new Date('2025-09-22T02:00:00Z'),
    ...more,
  });

  async function findings(tallies: Tally[]) {
    return (await driftDigest(place(tallies), window, policy, undefined)).policy.findings;
  }

  test('is a tool that nobody declared, an agent without the right, and a declared tool that nobody calls', async () => {
    const calls = [
      agentTally('sofiia', 'mail'),
      agentTally('helion', 'mail'),
      agentTally('helion', 'shell'),
      agentTally('helion', 'search'),
    ];
    expect(await findings(calls)).toEqual([
      { level: 'error', what: 'undeclared tool', tool: 'shell', agent: null, calls: 10 },
      { level: 'error', what: 'not entitled', tool: 'mail', agent: 'helion', calls: 10 },
      { level: 'warning', what: 'unused tool', tool: 'fax', agent: null, calls: 0 },
    ]);
  });

  test('holds agents to the policy whose names every object answers to', async () => {
    const agents = ['constructor', '__proto__'];
    const found = await findings(agents.map((agent) => agentTally(agent, 'mail')));
    expect(found.filter(({ what }) => what === 'not entitled').map(({ agent }) => agent)).toEqual(agents);
  });

  test('is a service that nobody declared, and a declared one that is silent', async () => {
    const services = async () => [
      { name: 'gate-1-0123abcd', events: 5 },
      { name: 'gate-1-89abcdef', events: 2 },
      { name: 'laptop-01234567', events: 1 },
    ];
    const of = async (declared: string[]) =>
      (await driftDigest(place([], { services }), window, { ...policy, services: declared }, undefined)).services;
    expect(await of(['gate-1', 'gate-2'])).toEqual({
      examined: 3,
      findings: [
        { level: 'error', what: 'undeclared service', service: 'laptop-01234567', events: 1 },
        { level: 'warning', what: 'silent service', service: 'gate-2', events: 0 },
      ],
    });
    expect(await of(['gate-1-0123abcd', 'gate-1-89abcdef', 'laptop'])).toEqual({ examined: 3, findings: [] });
    expect(await of([])).toBeNull();
    expect((await driftDigest(place([]), window, policy, undefined)).services).toBeNull();
  });

  test('asks one thing at a time, since all of it goes over one connection', async () => {
    let underWay = 0;
    const total = async () => {
      expect((underWay += 1)).toBe(1);
      await turn();
      underWay -= 1;
      return [];
    };
    await driftDigest(place([], { tallies: { name: 'x', total, hourly: total } }), window, policy, undefined);
  });

  test('is not a call that was denied', async () => {
    expect(
      (await findings([agentTally('helion', 'shell', 'denied')])).filter(({ level }) => level === 'error'),
    ).toEqual([]);
  });
});

describe('drift of the structure', () => {
  let server: Staging;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('is a column that changed and a guard that is off, on the table or on a partition', async () => {
    const { admin } = await eventDatabase(server);
    await using session = await Session.open(admin);
    const problems = async () => {
      const { rows } = await session.query<{ object: string; problem: string | null }>(
        readFileSync('ops/sql/tool-events/queries/structure.sql', 'utf8'),
      );
      expect(rows.length).toBeGreaterThan(17);
      return rows.filter(({ problem }) => problem !== null).map(({ object, problem }) => `${object} ${problem}`);
    };
    expect(await problems()).toEqual([]);
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    await session.script(`
      alter table audit.tool_audit_events add column payload jsonb;
      alter table audit.tool_audit_events_${today} disable trigger tool_event_append_only;
      drop trigger tool_event_no_truncate on audit.tool_audit_events_${today};`);
    expect((await problems()).sort()).toEqual([
      'column payload is not of the migrations',
      `trigger tool_event_append_only on audit.tool_audit_events_${today} is not enabled always`,
      `trigger tool_event_no_truncate on audit.tool_audit_events_${today} is missing`,
    ]);
  });
});

function tally(tool: string, status: Status, calls: number): Tally {
  const sizes = { duration_ms: 0, in_size: 0, out_size: 0, largest_out: 0 };
  return { hour: null, dimension: 'tool', key: tool, tool, status, calls, ...sizes };
}

function agentTally(agent: string, tool: string, status: Status = 'pass'): Tally {
  return { ...tally(tool, status, 10), dimension: 'agent', key: agent };
}
