import type { Command } from '../command.ts';

/** The main job. */
export const run: Command = {
  name: 'run',
  summary: 'rehearse the whole housekeeping in a disposable Postgres, and write a close-out',
  example: 'drydock run --json > report.json',
  options: [{ flags: '--dry-run', summary: 'write the close-out beside the run’s files, and leave the trail alone' }],

  async run(io, options) {
    const { openWorkplace } = await import('../workplace.ts');
    const { run: rehearse } = await import('../../stage/run.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { jsonOf } = await import('../render/json.ts');
    const { plainProgress, summaryOf } = await import('../render/screen.ts');

    const order = await openWorkplace(io, options);
    const report = await rehearse({ ...order, observer: plainProgress(io) });
    io.out(options.json ? jsonOf(report) : summaryOf(report));
    return exitCodes[report.outcome];
  },
};
