import { parseDuration, type Project } from '../../ops/config/index.ts';
import type { Inputs } from '../inputs.ts';
import { changedSince, type Source } from '../source.ts';
import type { Rehearsal } from './rehearsals.ts';

/** What evidence has to be about to count. */
export interface Present {
  readonly project: Project;
  readonly source: Source;
  readonly inputs: Inputs;
  readonly now: Date;
  /** Major version of the server that the change is meant for; any without it. */
  readonly serverMajor?: number;
}

const shown = 3;

/** Why a run says nothing about the project as it is now; null when it does. */
export async function whyNotCounting({ report }: Rehearsal, present: Present): Promise<string | null> {
  const { commit, inputs } = report;
  if (report.outcome === 'cancelled') return 'it was cancelled';
  if (report.project !== present.project.config.project) return `it is of the project ${report.project}`;
  if (commit === null) return 'it ran outside git, on no commit';
  if (commit.endsWith('-dirty')) return 'it ran on files that were not those of its commit';
  const changed = await changedSince(present.source, commit);
  if (changed === null) return `its commit ${commit.slice(0, 12)} is not in this repository`;
  if (changed.length > 0) return `since its commit ${commit.slice(0, 12)} other files: ${inWords(changed)}`;
  return changedInputs(inputs, present.inputs) ?? tooOld(report.startedAt, present) ?? olderServer(report, present);
}

function changedInputs(then: Inputs | null, now: Inputs): string | null {
  if (then === null) return 'its files could not be read';
  const changed = (Object.keys(now) as (keyof Inputs)[]).filter((part) => then[part] !== now[part]);
  return changed.length > 0 ? `others now than it ran with: ${changed.join(', ')}` : null;
}

function tooOld(startedAt: string, { project, now }: Present): string | null {
  const { evidenceAge } = project.config.promotion;
  const age = now.getTime() - Date.parse(startedAt);
  return age > parseDuration(evidenceAge) ? `it is older than ${evidenceAge}` : null;
}

function olderServer({ serverVersion }: Rehearsal['report'], { serverMajor }: Present): string | null {
  const major = Number.parseInt(serverVersion ?? '0', 10);
  return serverMajor !== undefined && major < serverMajor
    ? `it ran on Postgres ${serverVersion}, and the target is Postgres ${serverMajor}`
    : null;
}

function inWords(files: readonly string[]): string {
  const more = files.length - shown;
  return files.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
