import { providerFlag } from '../provider-flag.ts';
import { progressFlags } from '../render/progress-flags.ts';
import type { Command, Options } from '../command.ts';

/** The main job. */
export const run: Command = {
  name: 'run',
  summary: 'rehearse the whole housekeeping in a disposable Postgres, and write a close-out',
  example: 'drydock run --json > report.json',
  options: [
    providerFlag,
    ...progressFlags,
    { flags: '--dry-run', summary: 'write the close-out beside the run’s files, and leave the trail alone' },
    {
      flags: '--baseline <gitref>',
      summary: 'compare the workload with the migrations of this commit, not with those promoted last',
    },
    { flags: '--keep', summary: 'leave the staging up, under a keeper that ends it' },
    { flags: '--ttl <duration>', summary: 'with --keep: how long it may live; lease.ttl of the project without it' },
    { flags: '--only <steps>', summary: 'do these steps only, by name, with commas between them' },
    { flags: '--from <step>', summary: 'do this step and those after it' },
  ],

  async run(io, options) {
    const { openWorkplace, runFolder } = await import('../workplace.ts');
    const { withBaseline } = await import('../baseline.ts');
    const { onCurrentStaging, onKeptStaging } = await import('../staging.ts');
    const { selectSteps } = await import('../../stage/selection.ts');
    const { run: rehearse } = await import('../../stage/run.ts');
    const { recordSteps } = await import('../own-events.ts');
    const { writeReports } = await import('../../stage/reports/index.ts');
    const { readChecks } = await import('../../stage/checks.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { jsonOf } = await import('../render/json.ts');
    const { progressFor } = await import('../render/progress.ts');
    const { summaryOf } = await import('../render/screen.ts');

    const { steps, continues } = selectSteps(wishesIn(options));
    await refuseUnkeptLife(options);
    const workplace = await withBaseline(await openWorkplace(io, options), io);
    await readChecks(workplace.project); // what is wrong in a header is said now, not after minutes
    const order = continues
      ? await onCurrentStaging(workplace, io.env)
      : options['keep']
        ? await onKeptStaging(workplace, options['ttl'])
        : workplace;
    const report = await rehearse({ ...order, chosen: steps, observer: await progressFor(io, options) });
    await writeReports(order.place.runs, report, order.project, io.redactor);
    await recordSteps(io, options, report);
    io.out(options.json ? jsonOf(report) : summaryOf(report, runFolder(io, order.place, report)));
    return exitCodes[report.outcome];
  },
};

function wishesIn({ only, from }: Options): { only?: string[]; from?: string } {
  return {
    ...(typeof only === 'string' ? { only: only.split(',').map((name) => name.trim()) } : {}),
    ...(typeof from === 'string' ? { from } : {}),
  };
}

async function refuseUnkeptLife({ ttl, keep }: Options): Promise<void> {
  if (ttl === undefined || keep) return;
  const { DrydockError } = await import('../../ops/errors.ts');
  throw new DrydockError('USAGE_TTL', '--ttl says how long a staging stays up, and without --keep it does not.', {
    hint: 'Add --keep, or leave --ttl out.',
  });
}
