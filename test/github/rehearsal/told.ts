import type { StepRun } from './job.ts';
import type { WorkflowRun } from './world.ts';

/** A step by its name, in whichever job it ran. */
export function step({ jobs }: WorkflowRun, name: string): StepRun {
  const found = Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .find((one) => one.name === name);
  if (!found) throw new Error(`no step ${name} was reached`);
  return found;
}

/** All that the steps printed. */
export function said(run: WorkflowRun): string {
  return Object.values(run.jobs)
    .flatMap(({ steps }) => steps.map(({ log }) => log))
    .join('\n');
}
