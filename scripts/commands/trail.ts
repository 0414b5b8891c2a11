import type { Command } from '../command.ts';

/** The audit trail: read it, prove it. */
export const trail: Command = {
  name: 'trail',
  summary: 'show the audit trail, verify that nobody changed it, or mend a fork that two runs at once made',
  example: 'drydock trail verify --head 2f1c…',
  arguments: [
    { name: '<action>', summary: 'what to do', choices: ['show', 'verify', 'rebase'] },
    { name: '[entry]', summary: 'for show: the number of an entry; the newest without one' },
  ],
  options: [
    { flags: '--head <sha256>', summary: 'a sha256 or entry number kept elsewhere: shows that the end was cut off' },
    {
      flags: '--onto <commit>',
      summary: 'for rebase: whose trail goes before the entries of this branch',
      default: 'origin/main',
    },
    { flags: '--from <commit>', summary: 'for rebase: whose entries are put after it', default: 'HEAD' },
  ],

  async run(io, options, [action, entry]) {
    const { openProject, placeOf } = await import('../workplace.ts');
    const { rebaseTrailAt, showTrail, verifyTrailAt } = await import('../render/trail.ts');
    const place = placeOf(await openProject(io, options), io.env);
    if (action === 'verify') return verifyTrailAt(io, place.trail, options);
    if (action === 'rebase') return rebaseTrailAt(io, place, options);
    return showTrail(io, place.trail, options, entry);
  },
};
