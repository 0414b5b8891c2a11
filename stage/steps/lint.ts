import { counted } from '../../ops/counted.ts';
import { lint as lintProject } from '../lint/index.ts';
import type { Step } from '../step.ts';

/** Reads the project's SQL before any of it runs. */
export const lint: Step = {
  name: 'lint',
  title: 'Read the SQL before it runs',

  async run(context) {
    const measurements = await lintProject(context.project);
    for (const measurement of measurements) context.record.measure(measurement);
    const findings = measurements.flatMap((measurement) => measurement.findings);
    const errors = findings.filter(({ level }) => level === 'error').length;
    const statements = measurements[0]!.examined;
    return {
      summary: `${counted(statements, 'statement')}: ${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')}`,
      rows: statements,
    };
  },
};
