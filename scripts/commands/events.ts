import type { Command } from '../command.ts';

/** Tool events: the table, what is in files, and what becomes of both. */
export const events: Command = {
  name: 'events',
  summary: 'keep tool events: make the table, append, replay an outage, reconcile, compact, clean up',
  example: 'DATABASE_URL=postgresql://… AUDIT_JSONL_DIR=/var/log/audit drydock events replay',
  arguments: [
    {
      name: '<action>',
      summary: 'what to do',
      choices: ['migrate', 'append', 'tail', 'replay', 'reconcile', 'compact', 'cleanup'],
    },
  ],
  options: [
    { flags: '--audit-dir <folder>', summary: 'the JSONL files; AUDIT_JSONL_DIR, else .drydock/audit of the project' },
    { flags: '--dry-run', summary: 'for migrate and cleanup: only say what would be done' },
    { flags: '--lines <n>', summary: 'for tail: how many events', default: '20' },
    { flags: '--window-hours <n>', summary: 'for reconcile: how far back', default: '24' },
    { flags: '--window-days <n>', summary: 'for compact: how many complete days', default: '7' },
    { flags: '--output <folder>', summary: 'for compact: the Parquet files; compact/ beside the JSONL files' },
    {
      flags: '--retention-days <n>',
      summary: 'for cleanup: days that JSONL files are kept; else what the policy says',
    },
    { flags: '--gzip', summary: 'for cleanup: compress old JSONL files instead of deleting them' },
    { flags: '--policies <folder>', summary: 'the policies; those in ops/policies' },
  ],

  async run(io, options, [action]) {
    const { eventPlaceOf } = await import('../tool-events.ts');
    const { eventActions } = await import('../render/events.ts');
    return eventActions[action!]!(io, await eventPlaceOf(io, options), options);
  },
};
