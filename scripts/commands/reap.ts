import type { Command } from '../command.ts';

/** What a keeper does on every tick, once. */
export const reap: Command = {
  name: 'reap',
  summary: 'end every lease that is over or half ended, and every session over its budget; once, for cron and Actions',
  example: 'drydock reap --json',

  async run(io, options) {
    const { openLeaseDesk } = await import('../lease-desk.ts');
    const { keepLeases, noteEnds, serverTime } = await import('../../stage/leases/index.ts');
    const { reapJson, reapText } = await import('../render/leases.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    await using desk = await openLeaseDesk(io, options, io.signal);
    const { session, actor: by, logFile } = desk;
    const kept = await keepLeases(session, await serverTime(session), { by, logFile });
    await noteEnds(desk.place, io.now(), kept);
    const { oneLined } = await import('../../ops/visible.ts');
    io.out(options.json ? reapJson(kept) : reapText(oneLined(kept)));
    return kept.stuck.length > 0 ? exitCodes.failed : exitCodes.go;
  },
};
