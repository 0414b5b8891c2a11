import { progressFlags } from '../render/progress-flags.ts';
import type { Command, Options } from '../command.ts';
import type { RunSettings } from '../../stage/step.ts';

type Flags = NonNullable<Command['options']>;

/**
 * A command that does one step of the pipeline on the staging that is up, as the administrator or as a lease of it.
 * @param settings what its own flags change
 */
function stepCommand(
  name: string,
  summary: string,
  flags: Flags = [],
  settings: (options: Options) => Partial<RunSettings> = () => ({}),
): Command {
  return {
    name,
    summary: `${summary}, on the staging that is up`,
    example: `drydock up && drydock ${name}`,
    options: [...flags, ...progressFlags],

    async run(io, options) {
      const { openWorkplace, runFolder } = await import('../workplace.ts');
      const { onCurrentStaging } = await import('../staging.ts');
      const { runSteps } = await import('../../stage/run.ts');
      const { recordSteps } = await import('../own-events.ts');
      const { writeStepReports } = await import('../../stage/reports/index.ts');
      const { exitCodes } = await import('../../ops/errors.ts');
      const { jsonOf } = await import('../render/json.ts');
      const { progressFor } = await import('../render/progress.ts');
      const { summaryOfStep } = await import('../render/screen.ts');

      const order = await onCurrentStaging(await openWorkplace(io, options), io.env);
      const report = await runSteps({
        ...order,
        settings: { ...order.settings, ...settings(options) },
        chosen: new Set([name]),
        observer: await progressFor(io, options),
      });
      await recordSteps(io, options, report);
      await writeStepReports(order.place.runs, report, order.project, io.redactor);
      const folder = runFolder(io, order.place, report);
      io.out(options.json ? jsonOf(report) : summaryOfStep(report, `drydock ${name}`, folder));
      return exitCodes[report.outcome];
    },
  };
}

export const apply = stepCommand('apply', 'apply the migrations that are not applied yet');
export const backfill = stepCommand('backfill', 'run the backfills');
export const hydrate = stepCommand('hydrate', 'fill the links between the domains');
export const ingest = stepCommand(
  'ingest',
  'run the ingest, dry unless VH_INGEST_ENABLED and VH_INGEST_DRY_RUN say otherwise',
  [{ flags: '--dry-run', summary: 'take everything back, whatever those variables say' }],
  ({ dryRun }) => (dryRun ? { ingest: 'dry-run' } : {}),
);
export const check = stepCommand('check', 'run every check, read-only');
export const isolate = stepCommand('isolate', 'probe the boundary as every role');
