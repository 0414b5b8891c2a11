import type { Command } from '../command.ts';

/** What is there, against what the repository makes. */
export const drift: Command = {
  name: 'drift',
  summary: 'compare a target’s structure with what the repository makes; reads the target only',
  example: 'drydock drift --against production',
  options: [{ flags: '--against <target>', summary: 'a target of drydock.yaml' }],

  async run(io, options) {
    const { showDrift } = await import('../promotion.ts');
    return showDrift(io, options);
  },
};
