import { counted } from '../../ops/counted.ts';
import { lint as lintProject } from '../lint/index.ts';
import type { Measurement } from '../measurement.ts';
import type { Step, StepContext, StepOutcome } from '../step.ts';

/** Reads the project's SQL before any of it runs. */
export const lint: Step = {
  name: 'lint',
  title: 'Read the SQL before it runs',

  run: (context) => recorded(context, lintProject(context.project)),

  ahead(project) {
    const linting = lintProject(project);
    linting.catch(() => {}); // whoever takes it up is told
    return (context) => recorded(context, linting);
  },
};

async function recorded({ record }: StepContext, linting: Promise<Measurement[]>): Promise<StepOutcome> {
  const measurements = await linting;
  for (const measurement of measurements) record.measure(measurement);
  const findings = measurements.flatMap((measurement) => measurement.findings);
  const errors = findings.filter(({ level }) => level === 'error').length;
  const statements = measurements[0]!.examined;
  return {
    summary: `${counted(statements, 'statement')}: ${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`,
    rows: statements,
  };
}
