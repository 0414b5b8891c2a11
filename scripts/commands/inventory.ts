import type { Command } from '../command.ts';

/** What a database is made of, and what changed in it. */
export const inventory: Command = {
  name: 'inventory',
  summary:
    'audit the structure, row counts, versioning, audit fields and seeds of a database, read only; or compare two audits',
  example: 'drydock inventory --url-from DATABASE_URL --out s3://my-bucket/audits --schemas public',
  arguments: [{ name: '[words...]', summary: 'diff BEFORE.json AFTER.json; nothing to take an audit' }],
  options: [
    {
      flags: '--url-from <variable>',
      summary: 'the variable that holds the URL of the database',
      default: 'DATABASE_URL',
    },
    { flags: '--out <place>', summary: 'a folder or s3://BUCKET/PREFIX for the files; without one nothing is written' },
    { flags: '--schemas <names>', summary: 'only these schemas, separated by commas' },
    { flags: '--budget <duration>', summary: 'what counting rows may take', default: '60s' },
    { flags: '--samples', summary: 'three rows of each table, personal columns masked' },
  ],

  async run(io, options, words) {
    const { compareAudits, auditDatabase } = await import('../inventory.ts');
    return words.length > 0 ? compareAudits(io, options, words) : auditDatabase(io, options);
  },
};
