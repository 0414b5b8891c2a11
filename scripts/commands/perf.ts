import { providerFlag } from '../provider-flag.ts';
import { progressFlags } from '../render/progress-flags.ts';
import type { Command } from '../command.ts';

/** The performance gate by itself. */
export const perf: Command = {
  name: 'perf',
  summary: 'compare the workload before and after the migrations that a commit does not have',
  example: 'drydock perf --baseline main',
  options: [
    providerFlag,
    ...progressFlags,
    {
      flags: '--baseline <gitref>',
      summary: 'the commit with the migrations already promoted; without it a target is asked',
    },
  ],

  async run(io, options) {
    const { openWorkplace, runFolder } = await import('../workplace.ts');
    const { withBaselineOrNone } = await import('../baseline.ts');
    const { runSteps } = await import('../../stage/run.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { jsonOf } = await import('../render/json.ts');
    const { progressFor } = await import('../render/progress.ts');
    const { summaryOfStep } = await import('../render/screen.ts');
    const { writeStepReports } = await import('../../stage/reports/index.ts');

    const workplace = await withBaselineOrNone(await openWorkplace(io, options), io);
    const observer = await progressFor(io, options);
    const report = await runSteps({ ...workplace, chosen: new Set(['perf']), observer });
    await writeStepReports(workplace.place.runs, report, workplace.project, io.redactor);
    const folder = runFolder(io, workplace.place, report);
    io.out(options.json ? jsonOf(report) : summaryOfStep(report, 'drydock perf', folder));
    return exitCodes[report.outcome];
  },
};
