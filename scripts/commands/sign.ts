import type { Command } from '../command.ts';

/** Saying yes to a run, by name and key. */
export const sign: Command = {
  name: 'sign',
  summary: 'sign the newest run for a role, with an SSH key; or see who has signed',
  example: 'drydock sign dba --as ada@example.org --key ~/.ssh/id_ed25519',
  arguments: [{ name: '[role]', summary: 'a role of signOffs in drydock.yaml' }],
  options: [
    { flags: '--as <name>', summary: 'who signs, as the file of signers names them' },
    { flags: '--key <file>', summary: 'an SSH key; ~/.ssh/id_ed25519 without it' },
    { flags: '--verify', summary: 'sign nothing: show who has signed, and whether that is believed' },
  ],

  async run(io, options, [role]) {
    const { signRole, verifySignOffs } = await import('../readiness.ts');
    return options['verify'] === true ? verifySignOffs(io, options) : signRole(io, options, role);
  },
};
