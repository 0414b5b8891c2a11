import { progressFlags } from '../render/progress-flags.ts';
import type { Command } from '../command.ts';

/** A command that does one step of the pipeline on the staging that is up. */
function stepCommand(name: string, summary: string): Command {
  return {
    name,
    summary: `${summary}, on the staging that is up`,
    example: `drydock up && drydock ${name}`,
    options: progressFlags,

    async run(io, options) {
      const { openWorkplace, runFolder } = await import('../workplace.ts');
      const { onCurrentStaging } = await import('../staging.ts');
      const { runSteps } = await import('../../stage/run.ts');
      const { writeStepReports } = await import('../../stage/reports/index.ts');
      const { exitCodes } = await import('../../ops/errors.ts');
      const { jsonOf } = await import('../render/json.ts');
      const { progressFor } = await import('../render/progress.ts');
      const { summaryOf } = await import('../render/screen.ts');

      const order = await onCurrentStaging(await openWorkplace(io, options), io.env);
      const report = await runSteps({ ...order, chosen: new Set([name]), observer: await progressFor(io, options) });
      await writeStepReports(order.place.runs, report, order.project, io.redactor);
      io.out(options.json ? jsonOf(report) : summaryOf(report, runFolder(io, order.place, report)));
      return exitCodes[report.outcome];
    },
  };
}

export const apply = stepCommand('apply', 'apply the migrations that are not applied yet');
export const backfill = stepCommand('backfill', 'run the backfills');
export const hydrate = stepCommand('hydrate', 'fill the links between the domains');
export const ingest = stepCommand('ingest', 'run the ingest, dry unless told otherwise');
export const check = stepCommand('check', 'run every check, read-only');
export const isolate = stepCommand('isolate', 'probe the boundary as every role');
