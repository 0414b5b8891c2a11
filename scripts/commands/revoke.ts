import type { Command } from '../command.ts';

/** Ends a lease before its time. */
export const revoke: Command = {
  name: 'revoke',
  summary: 'end a lease now: its login, its sessions, its rights, its objects, its role',
  example: 'drydock revoke codex_staging_1f3a9c2e --reason "done early"',
  arguments: [{ name: '<lease>', summary: 'the role, as "drydock leases" shows it' }],
  options: [
    { flags: '--reason <text>', summary: 'why, for the record', default: 'revoked' },
    { flags: '--heir <role>', summary: 'give what it owns to this role; without it that is dropped' },
  ],

  async run(io, options, [role]) {
    const { openLeaseDesk } = await import('../lease-desk.ts');
    const { endLeases, notEnded, noteEnds, unknownLease } = await import('../../stage/leases/index.ts');
    const { endedText, endsJson } = await import('../render/leases.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    await using desk = await openLeaseDesk(io, options, io.signal);
    const { session, actor: by, logFile } = desk;
    const heir = typeof options['heir'] === 'string' ? options['heir'] : undefined;
    const ends = await endLeases(session, [role!], {
      by,
      reason: String(options['reason']),
      heir,
      logFile,
    });
    await noteEnds(desk.place, io.now(), ends);
    if (ends.stuck[0]) throw notEnded(ends.stuck[0]);
    if (!ends.ended[0]) throw unknownLease(role!);
    const { oneLined } = await import('../../ops/visible.ts');
    io.out(options.json ? endsJson(ends) : endedText(oneLined(ends.ended[0])));
    return exitCodes.go;
  },
};
