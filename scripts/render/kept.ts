import type { KeptInstance } from '../../stage/keeper/index.ts';
import { jsonOf } from './json.ts';

/** A staging that is up, with the names of its clones; null when it does not answer. */
type Shown = KeptInstance & { readonly clones?: readonly string[] | null };

/** What is told of a staging that is up: everything but the way in. */
function publicFacts(kept: Shown, now: Date) {
  const { project, projectFile, database, pid, startedAt, expiresAt, problem, address, clones } = kept;
  const { provider, runId, serverVersion, host, port, admin } = address;
  const secondsLeft = Math.max(0, Math.round((Date.parse(expiresAt) - now.getTime()) / 1000));
  return {
    ...{ runId, project, projectFile, provider, serverVersion, host, port, database, admin },
    ...{ keeper: pid, startedAt, expiresAt, secondsLeft, problem },
    ...(clones === undefined ? {} : { clones }),
  };
}

export function statusJson(kept: readonly Shown[], now: Date): string {
  return jsonOf({ stagings: kept.map((item) => publicFacts(item, now)) });
}

export function statusText(kept: readonly Shown[], now: Date): string {
  if (kept.length === 0) return 'No staging is up.\n';
  return kept.map((item) => paragraphOf(publicFacts(item, now))).join('\n');
}

function paragraphOf(facts: ReturnType<typeof publicFacts>): string {
  const lines = [
    `${facts.project}: ${facts.database} at ${facts.host}:${facts.port}`,
    `  ${facts.provider}, Postgres ${facts.serverVersion}, ${facts.runId}`,
    `  until ${facts.expiresAt} (${inWords(facts.secondsLeft)} left), kept by process ${facts.keeper}`,
    ...(facts.clones?.length ? [`  clones: ${facts.clones.join(', ')}`] : []),
    ...(facts.clones === null ? ['  it does not answer'] : []),
    ...(facts.problem ? [`  the keeper could not do its work: ${facts.problem}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function inWords(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
