import { cell, table } from '../../ops/markdown.ts';
import type { CostDigest, CostLine } from './cost.ts';
import type { DigestHead } from './head.ts';
import type { PrivacyDigest } from './privacy.ts';

function head(title: string, { window, source_backend, completeness, made_at }: DigestHead, version: number): string {
  const restated = version > 1 ? `, version ${version}: it replaces version ${version - 1}` : '';
  return `# ${title}

From ${window.since} until before ${window.until}, made at ${made_at} from ${cell(source_backend)}${restated}.
Completeness: **${completeness.verdict}**, ${cell(completeness.reason)}.`;
}

export function costMarkdown(digest: CostDigest, version: number): string {
  const { totals, top, anomalies, weights } = digest;
  const rate = totals.error_rate === null ? 'no calls' : `${(totals.error_rate * 100).toFixed(2)} %`;
  const lines = (costs: readonly CostLine[]) =>
    tableOf(
      ['name', 'calls', 'cost units', 'ms a call'],
      costs.map(({ key, calls, cost_units, avg_duration_ms }) => [key, calls, cost_units, avg_duration_ms]),
    );
  return `${head('Cost of tool calls', digest, version)}

${totals.calls} calls, ${totals.cost_units} cost units, ${totals.failed} failed (${rate}), ${totals.denied} denied.
Cost units are relative, by the weights with sha256 ${weights}.

## Tools

${lines(top.tool)}

## Agents

${lines(top.agent)}

## Users

${lines(top.user)}

## Workspaces

${lines(top.workspace)}

## Anomalies

${tableOf(
  ['hour', 'tool', 'what', 'value', 'baseline', 'ratio'],
  anomalies.map(({ hour, tool, kind, value, baseline, ratio }) => [
    hour,
    tool,
    kind,
    fixed(value),
    fixed(baseline),
    fixed(ratio),
  ]),
)}
`;
}

export function privacyMarkdown(digest: PrivacyDigest, version: number): string {
  const { examined, findings, sizes, denied, retention } = digest;
  return `${head('Privacy of tool calls', digest, version)}

## Findings

${examined} names looked at: tools, agents, users and workspaces.

${tableOf(
  ['finding', 'level', 'what', 'where', 'name', 'calls'],
  findings.map(({ id, level, what, dimension, key, calls }) => [id, level, what, dimension, key, calls]),
)}

## Sizes

${sizes.in_bytes} bytes in, ${sizes.out_bytes} bytes out. Largest outputs:

${tableOf(
  ['tool', 'bytes'],
  sizes.largest.map(({ tool, largest_out }) => [tool, largest_out]),
)}

## Denied calls

${tableOf(
  ['agent', 'tool', 'calls'],
  denied.map(({ agent, tool, calls }) => [agent, tool, calls]),
)}

## Retention

${tableOf(
  ['place', 'days', 'oldest day', 'verdict'],
  retention.map(({ place, days, oldest, verdict }) => [place, days, oldest ?? 'none', verdict]),
)}
`;
}

function fixed(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}

function tableOf(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return rows.length === 0 ? 'None.' : table(headers, rows);
}
