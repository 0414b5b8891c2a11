import type { Command } from '../command.ts';

/** The staging as tools for an agent, with a lease that lasts as long as the agent is connected. */
export const mcp: Command = {
  name: 'mcp',
  summary: 'serve the staging that is up to an AI agent over MCP (standard input and output), with a lease of its own',
  example: 'drydock mcp --config /path/to/drydock.yaml --agent reviewer --ttl 1h',
  options: [
    {
      flags: '--role <profile>',
      summary: 'the role of the contract to lend; lease.profile of drydock.yaml without it',
    },
    { flags: '--ttl <duration>', summary: 'how long the lease lasts at most; lease.ttl without it' },
    { flags: '--agent <name>', summary: 'whom it is for, in the trail and the tool events; DRYDOCK_AGENT without it' },
    { flags: '--database <clone>', summary: 'another database of the same server than the project’s' },
    { flags: '--attack', summary: 'let a twin of the lease attack first; a way out stops the start' },
    { flags: '--rows <n>', summary: 'rows that a query may return', default: '1000' },
    { flags: '--bytes <n>', summary: 'bytes that a query may return', default: '262144' },
    { flags: '--timeout <duration>', summary: 'how long a statement may take', default: '30s' },
    {
      flags: '--audit-dir <folder>',
      summary: 'the tool events as JSONL; AUDIT_JSONL_DIR, else .drydock/audit of the project',
    },
  ],

  async run(io, options) {
    const { serveAgent } = await import('../mcp.ts');
    return serveAgent(io, options, process.stdin, process.stdout);
  },
};
