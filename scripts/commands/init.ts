import type { Command } from '../command.ts';

/** A project for somebody else's schemas. */
export const init: Command = {
  name: 'init',
  summary: 'make a project: a small one that works and teaches, or one proposed from a database that is there',
  example: 'DATABASE_URL=postgresql://… drydock init shop --from-url',
  arguments: [{ name: '<folder>', summary: 'where to; made when missing, and must be empty' }],
  options: [
    {
      flags: '--from-url [url]',
      summary: 'read this database (without a value: DATABASE_URL) and propose its contract',
    },
  ],

  async run(io, options, [folder = '.']) {
    const { jsonOf } = await import('../render/json.ts');
    const { resolve } = await import('node:path');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { proposalText, readyText } = await import('../render/proposal.ts');
    const given = options['fromUrl'];
    const path = resolve(io.cwd, folder);
    if (given === undefined) {
      const { makeProject } = await import('../../stage/new-project.ts');
      const file = await makeProject(path);
      io.out(options.json ? jsonOf({ file }) : readyText(file));
      return exitCodes.go;
    }
    const { targetOfUrl } = await import('../../ops/postgres/index.ts');
    const { proposeProject } = await import('../../stage/proposal/index.ts');
    const target =
      given === true ? targetOfUrl(io.env['DATABASE_URL'], 'DATABASE_URL') : targetOfUrl(String(given), 'The URL');
    io.redactor.add(target.password);
    const proposal = await proposeProject(target, path);
    const { oneLined } = await import('../../ops/visible.ts');
    io.out(options.json ? jsonOf(proposal) : proposalText(oneLined(proposal)));
    return exitCodes.go;
  },
};
