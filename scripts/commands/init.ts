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
    const { resolve } = await import('node:path');
    const { exitCodes } = await import('../../ops/errors.ts');
    const given = options['fromUrl'];
    const path = resolve(io.cwd, folder);
    if (given === undefined) {
      const { makeProject } = await import('../../stage/new-project.ts');
      const file = await makeProject(path);
      io.out(options.json ? `${JSON.stringify({ file }, null, 2)}\n` : `${file} is ready.\n${next(file)}`);
      return exitCodes.go;
    }
    const { targetOfUrl } = await import('../../ops/postgres/index.ts');
    const { proposeProject } = await import('../../stage/proposal/index.ts');
    const target =
      given === true ? targetOfUrl(io.env['DATABASE_URL'], 'DATABASE_URL') : targetOfUrl(String(given), 'The URL');
    io.redactor.add(target.password);
    const proposal = await proposeProject(target, path);
    io.out(options.json ? `${JSON.stringify(proposal, null, 2)}\n` : inWords(proposal));
    return exitCodes.go;
  },
};

function inWords({
  file,
  domains,
  roles,
  notes,
}: {
  file: string;
  domains: readonly string[];
  roles: readonly string[];
  notes: readonly string[];
}) {
  const said = notes.map((note) => `- ${note}\n`).join('');
  const lost = notes.length > 0 ? `What a contract cannot say:\n${said}` : '';
  return `${file} proposes ${domains.length} domains (${domains.join(', ')}) and ${roles.length} roles.\n${lost}${next(file)}`;
}

function next(file: string): string {
  return `Next: drydock plan --config ${file}\n`;
}
