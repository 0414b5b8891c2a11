import type { Clone, DroppedClone, RegisteredClone, Reset, Template } from '../../stage/clones/index.ts';
import { jsonOf } from './json.ts';

interface Clones {
  readonly template: Template | null;
  readonly clones: readonly RegisteredClone[];
}

interface Place {
  readonly host: string;
  readonly port: number;
}

export function clonesJson({ template, clones }: Clones): string {
  return jsonOf({ template: template && originOf(template), clones });
}

export function clonesText({ template, clones }: Clones): string {
  const origin = template ? `The template is ${inWords(template)}.` : 'There is no template to clone yet.';
  const list = clones.length === 0 ? ['There is no clone.'] : clones.map(lineOf);
  return `${[...list, origin].join('\n')}\n`;
}

export function madeJson(clone: Clone, place: Place, durationMs: number): string {
  return jsonOf({ ...clone, ...place, durationMs });
}

export function madeText(clone: Clone, { host, port }: Place, durationMs: number): string {
  const { name, database, of } = clone;
  return [
    `${name}: ${database} at ${host}:${port}, ${untilWhen(clone)}`,
    `  the staging ${inWords(of)}; copied and compared in ${durationMs} ms`,
    `  only a lease of its own opens it: drydock handoff --database ${database}`,
    '',
  ].join('\n');
}

export function droppedJson({ clone, leases }: DroppedClone): string {
  return jsonOf({ dropped: clone.name, leasesEnded: leases.map(({ role }) => role) });
}

export function droppedText({ clone, leases }: DroppedClone): string {
  const ended =
    leases.length === 0 ? 'It had no lease.' : `Ended with it: ${leases.map(({ role }) => role).join(', ')}.`;
  return `${clone.name} is dropped. ${ended}\n`;
}

export function resetJson({ template, wasWarm }: Reset, durationMs: number): string {
  return jsonOf({ ...originOf(template), wasWarm, durationMs });
}

export function resetText({ template, wasWarm }: Reset, durationMs: number): string {
  const how = wasWarm ? 'a copy stood ready' : 'a copy was made first';
  return `The staging is back to what it was ${inWords(template)} (${durationMs} ms; ${how}).\n`;
}

function lineOf(clone: RegisteredClone): string {
  const { name, database, by, of, isThere, sessions } = clone;
  const state = isThere ? `${sessions} sessions now` : 'incomplete: drop it';
  return `${name}  ${untilWhen(clone)}\n  ${database}, ${inWords(of)}, made by ${by}; ${state}`;
}

function untilWhen({ expiresAt }: Clone): string {
  return expiresAt === null ? 'as long as the staging' : `until ${expiresAt}`;
}

function inWords({ takenAt, after }: Pick<Template, 'takenAt' | 'after'>): string {
  return after === null ? `as of ${takenAt}` : `as of ${takenAt}, after ${after}`;
}

function originOf({ takenAt, after }: Template) {
  return { takenAt, after };
}
