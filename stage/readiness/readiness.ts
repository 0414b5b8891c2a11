import type { TrailEntry } from '../../audit-log/trail/index.ts';
import type { Project } from '../../ops/config/index.ts';
import { decideGates, type Gate } from '../gates.ts';
import { inputsOf, type Inputs } from '../inputs.ts';
import { combine, type Verdict } from '../measurement.ts';
import { commitOf, type Source } from '../source.ts';
import { whyNotCounting, type Present } from './counting.ts';
import { readRehearsals, type EvidencePlace, type Rehearsal } from './rehearsals.ts';
import { signOffsOf, type SignOff, rolesToSign } from './sign-offs.ts';

export interface ReadinessOrder {
  readonly project: Project;
  readonly source: Source;
  readonly place: EvidencePlace;
  readonly now: Date;
  /** Major version of the server that the change is meant for, when it is known. */
  readonly serverMajor?: number;
}

/** A go/no-go criterion with the age of what decided it, in milliseconds; null when nothing counts. */
export interface Criterion extends Gate {
  readonly ageMs: number | null;
}

/** Whether a change may go to production, and what is missing for it. */
export interface Readiness {
  readonly verdict: Verdict;
  readonly commit: string | null;
  readonly inputs: Inputs;
  /** The run that shows it; null when none counts. */
  readonly run: {
    readonly runId: string;
    readonly report: string;
    readonly entry: number;
    readonly startedAt: string;
  } | null;
  readonly criteria: readonly Criterion[];
  readonly signOffs: readonly SignOff[];
  /** Newer runs that do not count, and why. */
  readonly disregarded: readonly { readonly runId: string; readonly why: string }[];
  /** In words; empty when the verdict is go. */
  readonly missing: readonly string[];
}

/** A readiness with what it was read from, for those who act on it. */
export interface ReadinessWithEvidence {
  readonly readiness: Readiness;
  readonly rehearsal: Rehearsal | undefined;
  readonly entries: readonly TrailEntry[];
}

/** Looks for the newest run that is about the project as it is now, and for the sign-offs of it. */
export async function readReadiness(order: ReadinessOrder): Promise<ReadinessWithEvidence> {
  const { project, source, place, now } = order;
  const inputs = await inputsOf(project);
  const { runs, problems, entries } = await readRehearsals(place);
  const present: Present = { ...order, inputs };
  const disregarded: { runId: string; why: string }[] = [];
  let rehearsal: Rehearsal | undefined;
  for (const run of runs) {
    const why = await whyNotCounting(run, present);
    if (why === null) {
      rehearsal = run;
      break;
    }
    disregarded.push({ runId: run.report.runId, why });
  }
  const criteria = criteriaOf(project, rehearsal, now);
  const signOffs = rehearsal
    ? await signOffsOf(project, rehearsal, place.trail, entries)
    : rolesToSign(project.config).map((wanted) => ({
        ...wanted,
        status: 'missing' as const,
        name: null,
        signedAt: null,
        why: null,
      }));
  const missing = missingOf({ rehearsal, criteria, signOffs, problems, disregarded });
  const readiness: Readiness = {
    verdict: verdictOf(criteria, signOffs, problems),
    commit: await commitOf(source),
    inputs,
    run: rehearsal ? runOf(rehearsal) : null,
    criteria,
    signOffs,
    disregarded,
    missing,
  };
  return { readiness, rehearsal, entries };
}

function criteriaOf(project: Project, rehearsal: Rehearsal | undefined, now: Date): Criterion[] {
  const gates = rehearsal?.report.gates ?? decideGates(project, [], []);
  const ageMs = rehearsal ? now.getTime() - Date.parse(rehearsal.report.startedAt) : null;
  const needed = project.config.gates.promotion;
  return gates.map((gate) => ({ ...gate, required: needed.includes(gate.id), ageMs }));
}

/** A missing yes is not a no: it leaves the change unproven. A forged one, or a damaged trail, is a no. */
function verdictOf(criteria: readonly Criterion[], signOffs: readonly SignOff[], problems: readonly string[]): Verdict {
  const ofSignOffs = { signed: 'go', missing: 'unproven', refused: 'no-go' } as const;
  return combine([
    ...criteria.filter(({ required }) => required).map(({ verdict }) => verdict),
    ...signOffs.map(({ status }): Verdict => ofSignOffs[status]),
    ...problems.map((): Verdict => 'no-go'),
  ]);
}

function missingOf(found: {
  rehearsal: Rehearsal | undefined;
  criteria: readonly Criterion[];
  signOffs: readonly SignOff[];
  problems: readonly string[];
  disregarded: Readiness['disregarded'];
}): string[] {
  const { rehearsal, criteria, signOffs, problems, disregarded } = found;
  const latest = disregarded[0];
  const noRun = latest
    ? `A run on the project as it is now: the newest one, ${latest.runId}, does not count, because ${latest.why}.`
    : 'A run: the trail has none of this project. Rehearse with "drydock run".';
  const open = criteria.filter(({ required, verdict }) => required && verdict !== 'go');
  return [
    ...problems.map((problem) => `A whole trail: ${problem}.`),
    ...(rehearsal ? open.map(({ title, verdict, reasons }) => criterionInWords(title, verdict, reasons)) : [noRun]),
    ...signOffs.flatMap(({ role, status, why, name }) =>
      status === 'signed'
        ? []
        : [
            status === 'missing'
              ? `The sign-off of ${role}.`
              : `A sign-off of ${role} that counts: ${name}'s does not, because ${why}.`,
          ],
    ),
  ];
}

function criterionInWords(title: string, verdict: Verdict, reasons: readonly string[]): string {
  return `${title}: ${verdict}${reasons.length > 0 ? `, because ${reasons.join('; ')}` : ''}.`;
}

function runOf({ report, sha256, entry }: Rehearsal): NonNullable<Readiness['run']> {
  return { runId: report.runId, report: sha256, entry: entry.number, startedAt: report.startedAt };
}
