import type { Command } from '../command.ts';

/** The administrator's way in, for psql and other tools. */
export const url: Command = {
  name: 'url',
  summary: 'print the administrator’s connection string of the staging that is up: a secret',
  example: 'psql "$(drydock url)"',

  async run(io, options) {
    const { jsonLine } = await import('../render/json.ts');
    const { homeOf, openProject } = await import('../workplace.ts');
    const { noStaging, stagingOf } = await import('../staging.ts');
    const { urlOfTarget } = await import('../../ops/postgres/index.ts');
    const { adminTarget } = await import('../../stage/providers/index.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    const project = await openProject(io, options);
    const kept = await stagingOf(homeOf(io), project);
    if (!kept) throw noStaging(project);
    const address = urlOfTarget(adminTarget(kept.address, kept.database));
    io.secret(options.json ? jsonLine({ url: address }) : `${address}\n`);
    return exitCodes.go;
  },
};
