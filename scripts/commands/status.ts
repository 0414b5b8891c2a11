import type { Command } from '../command.ts';

/** What is up. */
export const status: Command = {
  name: 'status',
  summary: 'show the stagings that are up, of every project',
  example: 'drydock status --json',

  async run(io, options) {
    const { homeOf } = await import('../workplace.ts');
    const { keptInstances } = await import('../../stage/keeper/index.ts');
    const { namesOfClones } = await import('../clone-desk.ts');
    const { statusJson, statusText } = await import('../render/kept.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    const found = await keptInstances(homeOf(io));
    const kept = await Promise.all(found.map(async (item) => ({ ...item, clones: await namesOfClones(item) })));
    io.out(options.json ? statusJson(kept, io.now()) : statusText(kept, io.now()));
    return exitCodes.go;
  },
};
