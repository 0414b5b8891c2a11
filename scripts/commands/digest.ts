import type { Command } from '../command.ts';
import { reportsFolder } from '../reports-folder.ts';

/** Digests of tool events: what calls cost, whether they keep privacy, whether they drift from what is declared. */
export const digest: Command = {
  name: 'digest',
  summary: 'write the cost or privacy digest of a day, or the drift of a week; or show that of the last hours',
  example: 'AUDIT_BACKEND=auto DATABASE_URL=postgresql://… drydock digest cost --date 2025-09-22',
  arguments: [{ name: '<kind>', summary: 'which', choices: ['cost', 'privacy', 'drift'] }],
  options: [
    { flags: '--date <day>', summary: 'the UTC day, YYYY-MM-DD; yesterday without it' },
    { flags: '--week <week>', summary: 'for drift: the ISO week, 2025-W39; last week without it' },
    { flags: '--window-hours <n>', summary: 'show the last hours instead, and write nothing' },
    { flags: '--audit-dir <folder>', summary: 'the JSONL files; AUDIT_JSONL_DIR, else .drydock/audit of the project' },
    { flags: '--output <folder>', summary: 'the Parquet files of compacted days; compact/ beside the JSONL files' },
    { flags: '--reports <folder>', summary: 'where digests are written', default: reportsFolder },
    { flags: '--policies <folder>', summary: 'the policies; those in ops/policies' },
  ],

  async run(io, options, [kind]) {
    const { eventPlaceOf } = await import('../tool-events.ts');
    const { writeDigest, writeDrift } = await import('../render/digest.ts');
    const place = await eventPlaceOf(io, options);
    return kind === 'drift'
      ? writeDrift(io, place, options)
      : writeDigest(io, place, kind as 'cost' | 'privacy', options);
  },
};
