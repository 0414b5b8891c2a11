import type { Command } from '../command.ts';

/** Whether a change may go to production. */
export const readiness: Command = {
  name: 'readiness',
  summary: 'say whether the change may go to production: criteria, evidence, sign-offs, and what is missing',
  example: 'drydock readiness --json',

  async run(io, options) {
    const { showReadiness } = await import('../readiness.ts');
    return showReadiness(io, options);
  },
};
