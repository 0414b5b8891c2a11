import type { Command } from '../command.ts';

/** Shows that the gates can fail. */
export const selftest: Command = {
  name: 'selftest',
  summary: 'plant faults in a staging of this project, and show what catches each',
  example: 'drydock selftest --only grants',
  options: [{ flags: '--only <class>', summary: 'only faults of this class (rls, grants, views …) or kind' }],

  async run(io, options) {
    const { jsonOf } = await import('../render/json.ts');
    const { openWorkplace } = await import('../workplace.ts');
    const { selftest: plantFaults } = await import('../../stage/selftest/index.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { plantingProgress, selftestSummary } = await import('../render/selftest.ts');

    const { project, provider, home, settings, redactor, signal, now } = await openWorkplace(io, options);
    const only = typeof options['only'] === 'string' ? options['only'] : undefined;
    const progress = plantingProgress(io);
    const report = await plantFaults({ project, provider, home, settings, redactor, signal, only, now, progress });
    const { oneLined } = await import('../../ops/visible.ts');
    io.out(options.json ? jsonOf(report) : selftestSummary(oneLined(report)));
    return exitCodes[report.verdict];
  },
};
