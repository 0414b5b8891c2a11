import { progressFlags } from '../render/progress-flags.ts';
import type { Command } from '../command.ts';
import { providerFlag } from '../provider-flag.ts';

/** A staging that stays: brought up and bootstrapped, for the single steps, a hand-over, psql. */
export const up: Command = {
  name: 'up',
  summary: 'bring up a staging Postgres that stays, with the roles, schemas and guards of the project',
  example: 'drydock up --ttl 2h',
  options: [
    ...progressFlags,
    providerFlag,
    { flags: '--ttl <duration>', summary: 'how long it may live; lease.ttl of the project without it' },
    { flags: '--port <port>', summary: 'where it listens; "any" for any free port', default: '5434' },
  ],

  async run(io, options) {
    const { openWorkplace, runFolder } = await import('../workplace.ts');
    const { onKeptStaging, stagingOf } = await import('../staging.ts');
    const { portFrom } = await import('../port.ts');
    const { takeDown } = await import('../../stage/keeper/index.ts');
    const { hostOf } = await import('../../stage/providers/index.ts');
    const { writeStepReports } = await import('../../stage/reports/index.ts');
    const { runSteps } = await import('../../stage/run.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { statusJson, statusText } = await import('../render/kept.ts');
    const { jsonOf } = await import('../render/json.ts');
    const { progressFor } = await import('../render/progress.ts');
    const { summaryOfStep } = await import('../render/screen.ts');

    const order = await onKeptStaging(await openWorkplace(io, options), options['ttl'], portFrom(options['port']));
    const report = await runSteps({
      ...order,
      chosen: new Set(['bootstrap']),
      observer: await progressFor(io, options),
    });
    const kept = await stagingOf(order.home, order.project);
    if (kept && report.outcome === 'go') {
      io.out(options.json ? statusJson([kept], io.now()) : statusText([kept], io.now()));
      return exitCodes.go;
    }
    if (kept) await takeDown(order.home, hostOf(process), kept);
    await writeStepReports(order.place.runs, report, order.project, io.redactor);
    const folder = runFolder(io, order.place, report);
    io.out(options.json ? jsonOf(report) : summaryOfStep(report, 'drydock up', folder));
    return exitCodes[report.outcome];
  },
};
