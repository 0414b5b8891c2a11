import { own } from '../../ops/own.ts';
import type { ToolPolicy } from '../../ops/policies/index.ts';
import type { Window } from '../events/index.ts';
import { sum } from './cost.ts';
import { headOf, type DigestHead, type DigestPlace } from './head.ts';
import { againstServices, type ServiceReport } from './services.ts';
import type { Tally } from './tally.ts';
import { baselineWeeks, usageDrift, type UsageReport } from './usage-drift.ts';
import { shifted } from './window.ts';

/** Whether last week was as declared, and as the weeks before it. */
export interface DriftDigest extends DigestHead {
  readonly kind: 'drift';
  /** Tools and entitlements against the tool policy. */
  readonly policy: { readonly examined: number; readonly findings: readonly PolicyFinding[] };
  /** Who collected events against the tool policy. */
  readonly services: ServiceReport;
  /** The tool event table against its migrations; null when no database was looked at. */
  readonly structure: { readonly examined: number; readonly findings: readonly StructureFinding[] } | null;
  readonly usage: UsageReport;
}

export interface PolicyFinding {
  readonly level: 'error' | 'warning';
  readonly what: 'undeclared tool' | 'not entitled' | 'unused tool';
  readonly tool: string;
  readonly agent: string | null;
  readonly calls: number;
}

export interface StructureFinding {
  readonly object: string;
  readonly problem: string;
}

const weekMs = 7 * 86_400_000;

/** @param structure each object of the table that was looked at, with what is wrong with it, if anything */
export async function driftDigest(
  place: DigestPlace,
  window: Window,
  policy: ToolPolicy,
  structure: readonly { object: string; problem: string | null }[] | undefined,
): Promise<DriftDigest> {
  const head = await headOf(place, window);
  const tallies = await place.tallies.total(window, { dimensions: ['tool', 'agent'] });
  const weeks = Array.from({ length: baselineWeeks }, (_, n) => shifted(window, -(n + 1) * weekMs));
  const before: Tally[][] = [];
  for (const week of weeks) before.push(await place.tallies.total(week, { dimensions: ['tool'] })); // over one connection
  return {
    kind: 'drift',
    ...head,
    policy: againstPolicy(tallies, policy),
    services: againstServices(await place.services?.(window), policy.services),
    structure: structure ? { examined: structure.length, findings: structure.filter(isFinding) } : null,
    usage: usageDrift(ofTools(tallies), before.map(ofTools)),
  };
}

/** Denied calls are the policy at work, so only those that went through are held against it. */
function againstPolicy(tallies: readonly Tally[], { tools, agents }: ToolPolicy): DriftDigest['policy'] {
  const through = tallies.filter(({ status, dimension }) => dimension === 'agent' && status !== 'denied');
  const pairs = Object.values(Object.groupBy(through, ({ key, tool }) => JSON.stringify([key, tool]))).map(
    (group = []) => ({
      agent: group[0]!.key,
      tool: group[0]!.tool!,
      calls: sum(group, ({ calls }) => calls),
    }),
  );
  const allowed = (agent: string) => own(agents, agent) ?? agents['default'] ?? [];
  const undeclared = Object.entries(Object.groupBy(pairs, ({ tool }) => tool))
    .filter(([tool]) => !tools.includes(tool))
    .map(([tool, group = []]) =>
      finding(
        'error',
        'undeclared tool',
        tool,
        null,
        sum(group, ({ calls }) => calls),
      ),
    );
  const notEntitled = pairs
    .filter(({ agent, tool }) => tools.includes(tool) && !allowed(agent).includes(tool))
    .map(({ agent, tool, calls }) => finding('error', 'not entitled', tool, agent, calls));
  const unused = tools
    .filter((tool) => !tallies.some((tally) => tally.tool === tool))
    .map((tool) => finding('warning', 'unused tool', tool, null, 0));
  return { examined: pairs.length + tools.length, findings: [...undeclared, ...notEntitled, ...unused] };
}

function finding(
  level: PolicyFinding['level'],
  what: PolicyFinding['what'],
  tool: string,
  agent: string | null,
  calls: number,
): PolicyFinding {
  return { level, what, tool, agent, calls };
}

function isFinding(row: { object: string; problem: string | null }): row is StructureFinding {
  return row.problem !== null;
}

function ofTools(tallies: readonly Tally[]): Tally[] {
  return tallies.filter(({ dimension }) => dimension === 'tool');
}
