import type { Command } from '../command.ts';

/** The undo of the last experiment: the staging as it was after its last step. */
export const reset: Command = {
  name: 'reset',
  summary: 'put the staging back to what it was after its last step; leases stay in force',
  example: 'drydock reset --end-sessions',
  options: [{ flags: '--end-sessions', summary: 'end the sessions of whoever is in the staging' }],

  async run(io, options) {
    const { openCloneDesk } = await import('../clone-desk.ts');
    const { dropOld, resetStaging, warmUp } = await import('../../stage/clones/index.ts');
    const { resetJson, resetText } = await import('../render/clones.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    await using desk = await openCloneDesk(io, options);
    const { server, database } = desk;
    const begunAt = performance.now();
    const done = await resetStaging(server, { database, endSessions: Boolean(options['endSessions']) });
    const durationMs = Math.round(performance.now() - begunAt);
    io.out(options.json ? resetJson(done, durationMs) : resetText(done, durationMs));
    // the next one shall not wait either
    await dropOld(server, database);
    await warmUp(server, database);
    return exitCodes.go;
  },
};
