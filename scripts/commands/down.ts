import type { Command } from '../command.ts';
import type { Io } from '../io.ts';

/** The undo: the staging and everything in it is gone. */
export const down: Command = {
  name: 'down',
  summary: 'take the staging of this project down, and remove everything it left',
  example: 'drydock down --all',
  options: [{ flags: '--all', summary: 'the stagings of every project, and containers that nobody owns any more' }],

  async run(io, options) {
    const { jsonOf } = await import('../render/json.ts');
    const { homeOf, openProject } = await import('../workplace.ts');
    const { keptInstances, takeDown } = await import('../../stage/keeper/index.ts');
    const { hostOf } = await import('../../stage/providers/index.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    const home = homeOf(io);
    const file = options['all'] ? undefined : (await openProject(io, options)).file;
    const wanted = (await keptInstances(home)).filter(({ projectFile }) => !file || projectFile === file);
    for (const kept of wanted) await takeDown(home, hostOf(process), kept);
    const unowned = options['all'] ? await clearUnowned(home, io.env) : [];
    const runs = [...wanted.map(({ address }) => address.runId), ...unowned];
    const text = runs.length === 0 ? 'No staging was up.' : runs.map((runId) => `${runId} is down.`).join('\n');
    io.out(options.json ? jsonOf({ takenDown: runs }) : `${text}\n`);
    return exitCodes.go;
  },
};

/** A machine without an engine that Drydock could use has no containers of it either. */
async function clearUnowned(home: string, env: Io['env']): Promise<readonly string[]> {
  const { removeUnowned } = await import('../../stage/providers/index.ts');
  const { codeOf } = await import('../../ops/errors.ts');
  return removeUnowned(home, env).catch((error: unknown) => {
    if (['PROVIDER_DOCKER_UNREACHABLE', 'PROVIDER_DOCKER_HOST'].includes(codeOf(error) ?? '')) return [];
    throw error;
  });
}
