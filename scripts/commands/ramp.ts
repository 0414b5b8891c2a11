import type { Command } from '../command.ts';

/** The ingest, live by shares. */
export const ramp: Command = {
  name: 'ramp',
  summary: 'let the ingest go live on a target by shares, and stop where a query says that something is wrong',
  example: 'drydock ramp --to production --confirm PROMOTE',
  options: [
    { flags: '--to <target>', summary: 'a target of drydock.yaml' },
    { flags: '--confirm <word>', summary: 'the word that drydock.yaml asks for' },
  ],

  async run(io, options) {
    const { rampOn } = await import('../promotion.ts');
    return rampOn(io, options);
  },
};
