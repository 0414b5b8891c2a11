import type { Command } from '../command.ts';

/** The web console, and the tokens that open it. */
export const consoleCommand: Command = {
  name: 'console',
  summary: 'serve the console: runs, dashboards, leases, records, erasures; or make and revoke tokens for it',
  example: 'drydock console token --agent sofiia --ttl 8h',
  arguments: [
    { name: '[action]', summary: 'what to do', choices: ['serve', 'token', 'tokens', 'revoke'] },
    { name: '[token]', summary: 'for revoke: the id of a token, as "drydock console tokens" shows it' },
  ],
  options: [
    { flags: '--port <port>', summary: 'where it listens; "any" for any free port', default: '4311' },
    { flags: '--host <address>', summary: 'the address it listens on', default: '127.0.0.1' },
    { flags: '--origin <url>', summary: 'how browsers reach it, where a proxy stands before it' },
    { flags: '--agent <name>', summary: 'for token: the agent or person it is for' },
    { flags: '--entitlements <list>', summary: 'for token: some of what the role has, with commas; all without it' },
    { flags: '--workspaces <list>', summary: 'for token: some of its workspaces, with commas; all without it' },
    { flags: '--ttl <duration>', summary: 'for token: how long it is good for, 90d at most', default: '8h' },
    { flags: '--audit-dir <folder>', summary: 'the JSONL files; AUDIT_JSONL_DIR, else .drydock/audit of the project' },
    {
      flags: '--records-from <variable>',
      summary: 'the variable with the URL of the audit record',
      default: 'DATABASE_URL',
    },
    { flags: '--keys <folder>', summary: 'keys of the record; AUDIT_KEYS, else .drydock/records/keys' },
    { flags: '--seals <folder>', summary: 'seals of the record; AUDIT_SEALS, else .drydock/records/seals' },
    { flags: '--policies <folder>', summary: 'the policies, rbac.yml among them; those in ops/policies' },
  ],

  async run(io, options, [action = 'serve', id]) {
    const { consoleActions } = await import('../console.ts');
    return consoleActions[action]!(io, options, id);
  },
};
