import type { Command } from '../command.ts';

/** A run, told beforehand. */
export const plan: Command = {
  name: 'plan',
  summary: 'say what a run would do, file by file and role by role, and start nothing',
  example: 'drydock plan --json',
  options: [{ flags: '--baseline <gitref>', summary: 'as a run with it would do' }],

  async run(io, options) {
    const { jsonOf } = await import('../render/json.ts');
    const { openProject, settingsOf } = await import('../workplace.ts');
    const { requireFiles } = await import('../../ops/config/index.ts');
    const { planRun } = await import('../../stage/plan.ts');
    const { planText } = await import('../render/plan.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    const project = await openProject(io, options);
    await requireFiles(project);
    const planned = await planRun(project, settingsOf(io.env, options));
    const { oneLined } = await import('../../ops/visible.ts');
    io.out(options.json ? jsonOf(planned) : planText(oneLined(planned)));
    return exitCodes.go;
  },
};
