import type { Project } from '../ops/config/index.ts';
import { apply } from './steps/apply.ts';
import { backfill } from './steps/backfill/index.ts';
import { bootstrap } from './steps/bootstrap.ts';
import { check } from './steps/check.ts';
import { hydrate } from './steps/hydrate.ts';
import { ingest } from './steps/ingest.ts';
import { isolate } from './steps/isolate.ts';
import { lend } from './steps/lend.ts';
import { lint } from './steps/lint.ts';
import { perf } from './steps/perf.ts';
import { reclaim } from './steps/reclaim.ts';
import type { Step } from './step.ts';

/** What a run does, in order. When one fails the rest is not tried, but `reclaim`: no credential outlives its run. */
export const pipeline: readonly Step[] = [
  lint, // read the SQL before it runs
  bootstrap, // make the database, its roles, schemas and guards
  lend, // mint the time-boxed credential
  apply, // the migrations, as the owners of the domains
  backfill, // data, in batches, as the service roles
  hydrate, // links between the domains, nulls only
  ingest, // read views, write links; dry by default
  check, // structure, rights and data
  isolate, // every role, every verb, everything
  perf, // the workload before and after, where a baseline is known
  reclaim, // end the credential, prove it gone
];

/** Whether a step runs however the others ended, a cancellation included. */
export function isAlways({ name }: Pick<Step, 'name'>): boolean {
  return name === reclaim.name;
}

/** The pipeline with those steps begun that need no instance yet: getting one is mostly waiting. */
export function workingAhead({ project, chosen }: { project: Project; chosen?: ReadonlySet<string> }): readonly Step[] {
  return pipeline.map((step) =>
    step.ahead && (chosen?.has(step.name) ?? true) ? { ...step, run: step.ahead(project) } : step,
  );
}
