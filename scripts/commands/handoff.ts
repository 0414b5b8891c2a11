import type { Command } from '../command.ts';

/** Lends the staging to somebody. */
export const handoff: Command = {
  name: 'handoff',
  summary: 'lend the staging to somebody for a while: a login that ends, and the text they need',
  example: 'drydock handoff codex_staging --ttl 2h --for "the release agent" --format markdown',
  arguments: [
    { name: '[profile]', summary: 'the role of the contract to lend; lease.profile of drydock.yaml without it' },
  ],
  options: [
    { flags: '--ttl <duration>', summary: 'how long: 30m, 8h; lease.ttl without it' },
    { flags: '--for <name>', summary: 'who gets it', default: 'an agent' },
    { flags: '--database <clone>', summary: 'another database of the same server than the project’s' },
    { flags: '--format <form>', summary: 'markdown (a message to paste), env or json', default: 'markdown' },
    {
      flags: '--write-env <file>',
      summary: 'write the login to a new file (0600) that git ignores, and do not print it',
    },
    { flags: '--extend <lease>', summary: 'move the end of a lease instead: --ttl counts from now' },
    { flags: '--no-attack', summary: 'do not let a twin attack first' },
  ],

  async run(io, options, [profile]) {
    const { openLeaseDesk } = await import('../lease-desk.ts');
    const { lendLease, moveEnd } = await import('../hand-over.ts');
    await using desk = await openLeaseDesk(io, options);
    return await (typeof options['extend'] === 'string'
      ? moveEnd(io, options, desk, options['extend'])
      : lendLease(io, options, desk, profile));
  },
};
