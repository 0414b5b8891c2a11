import type { Command } from '../command.ts';

/** What changed between two snapshots, without any database; or with a plan, what differs between two databases. */
export const compare: Command = {
  name: 'compare',
  summary:
    'say what changed between two snapshots, or differs between two databases: rows by stable keys, signals, examples',
  example: "drydock compare BEFORE AFTER --keys 'final_result=run_id,source_data_source_id' --ignore updated_at",
  arguments: [
    { name: '<before>', summary: 'the folder of a snapshot; with --plan the env file of a database' },
    { name: '<after>', summary: 'the folder of a later one; with --plan another env file' },
  ],
  options: [
    { flags: '--plan <file>', summary: 'compare the seeds of a plan in two live databases, each read only' },
    { flags: '--keys <keys>', summary: 'columns that name a row in both: table=column,column;table=column' },
    {
      flags: '--ignore <columns>',
      summary: 'columns that do not count, separated by commas; table.column for one table',
    },
    { flags: '--tolerance <amounts>', summary: 'differences that do not count: column=0.01;created_at=2 (seconds)' },
    { flags: '--signals <file>', summary: 'definitions for the later snapshot, in place of those it was taken with' },
    { flags: '--format <format>', summary: 'markdown, html or json', default: 'markdown' },
    { flags: '--out <file>', summary: 'a file for the comparison, instead of the screen' },
  ],

  async run(io, options, words) {
    const { compareTwo } = await import('../comparisons.ts');
    return compareTwo(io, options, words);
  },
};
