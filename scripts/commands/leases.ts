import type { Command } from '../command.ts';

/** Who holds what, and what became of the rest. */
export const leases: Command = {
  name: 'leases',
  summary: 'show the leases in force, who is on them, and why the last ones ended',
  example: 'drydock leases --json',

  async run(io, options) {
    const { openLeaseDesk } = await import('../lease-desk.ts');
    const { endedLeases, listLeases, serverTime } = await import('../../stage/leases/index.ts');
    const { leasesJson, leasesText } = await import('../render/leases.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    await using desk = await openLeaseDesk(io, options, io.signal);
    const inForce = await listLeases(desk.session);
    const found = { inForce, ended: await endedLeases(desk.session, 10) };
    const { oneLined } = await import('../../ops/visible.ts');
    io.out(options.json ? leasesJson(found) : leasesText(oneLined(found), await serverTime(desk.session)));
    return inForce.some(({ problem }) => problem !== null) ? exitCodes.failed : exitCodes.go;
  },
};
