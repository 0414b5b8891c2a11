import type { Retention } from '../../ops/policies/index.ts';
import type { Window } from '../events/index.ts';
import { sum } from './cost.ts';
import { headOf, type DigestHead, type DigestPlace } from './head.ts';
import { masked, personalDataIn } from './personal-data.ts';
import type { Dimension, Tally } from './tally.ts';

/** Whether events hold what they must not, what was refused, and whether the retention is kept. */
export interface PrivacyDigest extends DigestHead {
  readonly kind: 'privacy';
  /** Distinct names looked at: tools, agents, users, workspaces. */
  readonly examined: number;
  readonly findings: readonly PrivacyFinding[];
  readonly sizes: { readonly in_bytes: number; readonly out_bytes: number; readonly largest: readonly SizeLine[] };
  readonly denied: readonly DeniedLine[];
  readonly retention: readonly RetentionLine[];
}

export interface PrivacyFinding {
  readonly id: string;
  readonly level: 'error' | 'warning';
  readonly what: string;
  readonly dimension: Dimension;
  /** Masked. */
  readonly key: string;
  readonly calls: number;
}

export interface SizeLine {
  readonly tool: string;
  /** Bytes of its largest output. */
  readonly largest_out: number;
}

export interface DeniedLine {
  readonly agent: string;
  readonly tool: string;
  readonly calls: number;
}

export interface RetentionLine {
  readonly place: 'jsonl' | 'postgres';
  readonly days: number;
  /** The oldest UTC day there is; null when there is none. */
  readonly oldest: string | null;
  readonly verdict: 'go' | 'no-go' | 'unproven';
}

/** The oldest day in each place, found by the caller; undefined when the place was not looked at. */
export interface OldestDays {
  readonly jsonl: string | null | undefined;
  readonly postgres: string | null | undefined;
}

const shown = 5;
const dayMs = 86_400_000;

export async function privacyDigest(
  place: DigestPlace,
  window: Window,
  policy: Retention,
  oldest: OldestDays,
): Promise<PrivacyDigest> {
  const head = await headOf(place, window);
  const byTool = await place.tallies.total(window, { dimensions: ['tool', 'agent'] });
  const ofTools = byTool.filter(({ dimension }) => dimension === 'tool');
  const ofOthers = await place.tallies.total(window, { dimensions: ['user', 'workspace'], apart: [] });
  const tallies = [...byTool, ...ofOthers];
  const today = place.now().toISOString().slice(0, 10);
  return {
    kind: 'privacy',
    ...head,
    examined: new Set(tallies.map(({ dimension, key }) => `${dimension}\n${key}`)).size,
    findings: findingsOf(tallies),
    sizes: {
      in_bytes: sum(ofTools, ({ in_size }) => in_size),
      out_bytes: sum(ofTools, ({ out_size }) => out_size),
      largest: largestOf(ofTools),
    },
    denied: deniedOf(byTool),
    retention: [
      retentionLine('jsonl', policy.audit_jsonl_days, oldest.jsonl, today),
      retentionLine('postgres', policy.audit_postgres_days, oldest.postgres, today),
    ],
  };
}

function findingsOf(tallies: readonly Tally[]): PrivacyFinding[] {
  const byKey = Object.groupBy(tallies, ({ dimension, key }) => `${dimension}\n${key}`);
  return Object.values(byKey)
    .flatMap((group = []) => {
      const { dimension, key } = group[0]!;
      const found = personalDataIn(key);
      if (!found) return [];
      const { id, level, what } = found;
      return [{ id, level, what, dimension, key: masked(key), calls: sum(group, ({ calls }) => calls) }];
    })
    .sort((a, b) => (a.level === b.level ? b.calls - a.calls || (a.id < b.id ? -1 : 1) : a.level === 'error' ? -1 : 1));
}

function largestOf(tallies: readonly Tally[]): SizeLine[] {
  return Object.entries(Object.groupBy(tallies, ({ key }) => key))
    .map(([tool, group = []]) => ({
      tool,
      largest_out: group.reduce((most, line) => Math.max(most, line.largest_out), 0),
    }))
    .sort((a, b) => b.largest_out - a.largest_out || (a.tool < b.tool ? -1 : 1))
    .slice(0, shown);
}

function deniedOf(tallies: readonly Tally[]): DeniedLine[] {
  const denied = tallies.filter(({ dimension, status }) => dimension === 'agent' && status === 'denied');
  const byPair = Object.groupBy(denied, ({ key, tool }) => JSON.stringify([key, tool]));
  return Object.values(byPair)
    .map((group = []) => ({ agent: group[0]!.key, tool: group[0]!.tool!, calls: sum(group, ({ calls }) => calls) }))
    .sort((a, b) => b.calls - a.calls || (a.agent < b.agent ? -1 : 1));
}

/** The day that turned too old today is allowed until the job of the night has run. */
function retentionLine(
  place: RetentionLine['place'],
  days: number,
  oldest: string | null | undefined,
  today: string,
): RetentionLine {
  if (oldest === undefined) return { place, days, oldest: null, verdict: 'unproven' };
  const limit = new Date(Date.parse(today) - (days + 1) * dayMs).toISOString().slice(0, 10);
  return { place, days, oldest, verdict: oldest === null || oldest >= limit ? 'go' : 'no-go' };
}
