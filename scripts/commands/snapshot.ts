import type { Command } from '../command.ts';

/** A bounded, read-only export of a live database, with a receipt. */
export const snapshot: Command = {
  name: 'snapshot',
  summary: 'export rows of a live database by a plan, read only and on one snapshot, with a receipt of every statement',
  example: 'drydock snapshot --plan audit.yaml --env prod-readonly.env --estimate',
  options: [
    { flags: '--plan <file>', summary: 'what to read: seed tables, conditions, references to follow, limits' },
    {
      flags: '--env <file>',
      summary: 'a file of DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME; else the environment',
    },
    { flags: '--signals <file>', summary: 'definitions of signals, counted over the snapshot when it is taken' },
    { flags: '--out <folder>', summary: 'where snapshots lie; without it .context/BRANCH/prod-snapshots' },
    { flags: '--sessions <number>', summary: 'connections that export at the same time', default: '2' },
    { flags: '--zstd', summary: 'compress the files; a comparison reads them as they are' },
    { flags: '--parquet', summary: 'write a typed Parquet file beside each CSV, for analyses' },
    { flags: '--estimate', summary: 'say what the seeds would cost, and read no row' },
  ],

  async run(io, options) {
    const { snapshotDatabase } = await import('../snapshots.ts');
    return snapshotDatabase(io, options);
  },
};
