import type { Command } from '../command.ts';

/** From a green rehearsal to production. */
export const promote: Command = {
  name: 'promote',
  summary:
    'take the rehearsed and signed change to a target, in one transaction, with a backup before and checks inside',
  example: 'drydock promote --to production --confirm PROMOTE',
  options: [
    { flags: '--to <target>', summary: 'a target of drydock.yaml' },
    { flags: '--confirm <word>', summary: 'the word that drydock.yaml asks for' },
    { flags: '--dry-run', summary: 'do all of it, and take it back instead of committing' },
    {
      flags: '--bootstrap',
      summary: 'lay Drydock’s foundation in a target that has none: roles, schemas, event triggers',
    },
  ],

  async run(io, options) {
    const { promoteTo } = await import('../promotion.ts');
    return promoteTo(io, options);
  },
};
