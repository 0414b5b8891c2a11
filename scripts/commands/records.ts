import type { Command } from '../command.ts';

/** The audit record of a business database. */
export const records: Command = {
  name: 'records',
  summary: 'the audit record of any database: make it, write, read, archive, seal, verify, erase, attack',
  example: 'DATABASE_URL=postgresql://… drydock records verify --anchor head.json',
  arguments: [
    {
      name: '<action>',
      summary: 'what to do',
      choices: [
        ...['migrate', 'keys', 'track', 'connect', 'log', 'show', 'partitions', 'archive', 'restore', 'seal', 'verify'],
        ...['export', 'verifier', 'erase', 'report', 'upkeep', 'attack'],
      ],
    },
    {
      name: '[words...]',
      summary:
        'track TABLE, show WORKSPACE, restore MONTH SCHEMA, erase request|approve|execute|certificate|list [REQUEST]',
    },
  ],
  options: [
    { flags: '--url <url>', summary: 'the database; better in DATABASE_URL, because arguments can be seen by others' },
    { flags: '--url-from <variable>', summary: 'the variable with its URL', default: 'DATABASE_URL' },
    { flags: '--keys <folder>', summary: 'the keys; AUDIT_KEYS, else .drydock/records/keys' },
    { flags: '--seals <folder>', summary: 'the seals; AUDIT_SEALS, else .drydock/records/seals' },
    {
      flags: '--cold <folder>',
      summary: 'for archive: a folder or s3://BUCKET/PREFIX for cold files; AUDIT_COLD, else .drydock/records/cold',
    },
    { flags: '--publish <place>', summary: 'for seal: also s3://BUCKET/PREFIX, a folder, or git (commits the seals)' },
    { flags: '--watch', summary: 'for seal: go on sealing, every second' },
    { flags: '--public-key <file>', summary: 'for verify: the public key, where the others are not' },
    { flags: '--anchor <file>', summary: 'for verify: a checkpoint that was seen before, as seal publishes it' },
    { flags: '--dry-run', summary: 'for migrate and archive: only say what would be done' },
    { flags: '--personal <columns>', summary: 'for track: columns with personal data, or "none"' },
    {
      flags: '--workspace <column>',
      summary: 'for track: the column with the workspace; for erase request: the workspace',
    },
    {
      flags: '--subject <column>',
      summary: 'for track: the column with the person that the personal columns are about',
    },
    { flags: '--ignore <columns>', summary: 'for track: columns to leave out' },
    { flags: '--workspaces <table>', summary: 'for connect: table of workspaces (id, owner_id)' },
    { flags: '--users <table>', summary: 'for connect: table of users (id)' },
    { flags: '--members <table>', summary: 'for connect: table of members (workspace_id, user_id, role)' },
    { flags: '--service-accounts <table>', summary: 'for connect: table of service accounts (id)' },
    { flags: '--user <id>', summary: 'for erase request: the person' },
    { flags: '--authority <law>', summary: 'for erase request: GDPR or CCPA' },
    { flags: '--ticket <text>', summary: 'for erase request: where it was decided' },
    { flags: '--by <name>', summary: 'for erase: who asks or approves, at a desk that authenticates people' },
    { flags: '--backup-days <n>', summary: 'for erase execute: how long backups are kept', default: '35' },
    { flags: '--days <n>', summary: 'for show, report and export: how far back', default: '30' },
    { flags: '--limit <n>', summary: 'for show: how many records', default: '100' },
    { flags: '--output <file>', summary: 'for export and verifier: the file to write' },
    { flags: '--table <table>', summary: 'for attack: an audit table of any design', default: 'audit.audit_events' },
    {
      flags: '--writer <role>',
      summary: 'for attack: a role of the application; without it a login that may only add',
    },
    { flags: '--scratch', summary: 'for attack: the database is a scratch copy already' },
  ],

  async run(io, options, [action, ...words]) {
    const { recordActions } = await import('../records.ts');
    return recordActions[action!]!({ io, options, words });
  },
};
