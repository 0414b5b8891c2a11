import type { Command } from '../command.ts';

/** The audit trail: read it, prove it. */
export const trail: Command = {
  name: 'trail',
  summary: 'show the audit trail, or verify that nobody changed it',
  example: 'drydock trail verify --head 2f1c…',
  arguments: [
    { name: '<action>', summary: 'what to do', choices: ['show', 'verify'] },
    { name: '[entry]', summary: 'for show: the number of an entry; the newest without one' },
  ],
  options: [
    { flags: '--head <sha256>', summary: 'a sha256 or entry number kept elsewhere: shows that the end was cut off' },
  ],

  async run(io, options, [action, entry]) {
    const { openTrail } = await import('../workplace.ts');
    const { showTrail, verifyTrailAt } = await import('../render/trail.ts');
    const directory = await openTrail(io, options);
    return action === 'verify' ? verifyTrailAt(io, directory, options) : showTrail(io, directory, options, entry);
  },
};
