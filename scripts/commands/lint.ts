import type { Command } from '../command.ts';

/** The first step of a run by itself, which needs no server. */
export const lint: Command = {
  name: 'lint',
  summary: 'read the project’s SQL with Postgres’s own parser, and start nothing',
  example: 'drydock lint --json',

  async run(io, options) {
    const { jsonOf } = await import('../render/json.ts');
    const { lintText } = await import('../render/lint.ts');
    const { openProject } = await import('../workplace.ts');
    const { requireFiles } = await import('../../ops/config/index.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { lintAlone } = await import('../../stage/lint/index.ts');
    const { combine } = await import('../../stage/measurement.ts');
    const { applyWaivers } = await import('../../stage/waivers.ts');

    const project = await openProject(io, options);
    await requireFiles(project);
    // of others a run can say whether they still waive anything
    const waivers = project.config.waivers.filter(({ finding }) => finding.startsWith('lint/'));
    const found = await lintAlone(project);
    const measurements = waivers.length > 0 ? applyWaivers(waivers, found, io.now()) : found;
    const verdict = combine(measurements.map((measurement) => measurement.verdict));
    io.out(options.json ? jsonOf({ verdict, measurements }) : lintText(verdict, measurements));
    return exitCodes[verdict];
  },
};
