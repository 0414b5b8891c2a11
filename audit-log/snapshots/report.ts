import { cell, line } from '../../ops/markdown.ts';
import { danglingOf, roleLine, type Manifest } from './manifest.ts';

/** The session in the words of the checklist: what was queried, what was absent, counts and key ids, and that nothing was written. */
export function reportText(manifest: Manifest): string {
  const { server, receipts, statements, tables } = manifest;
  return [
    `# Snapshot of ${line(server.database)} (${manifest.snapshot_generated_at_utc})`,
    '',
    `Read as ${cell(roleLine(manifest.role))}, from a ${server.position} with Postgres ${server.version}, TLS ${server.tls}.`,
    `Code: ${cell(manifest.branch)} at ${manifest.commit_sha}. Snapshot ${receipts[0]?.snapshot}, LSN ${server.lsn}.`,
    '',
    '## Queried',
    '',
    '| what | messages | rows | bytes | ms | highest cost |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...statements.map(
      ({ what, messages, rows, bytes, ms, cost }) =>
        `| ${cell(what)} | ${messages} | ${rows} | ${bytes} | ${ms} | ${cost} |`,
    ),
    '',
    'The text of each statement is in manifest.json.',
    '',
    '## Rows and keys',
    '',
    '| table | reached as | rows | first keys |',
    '| --- | --- | ---: | --- |',
    ...tables.map(
      ({ schema, table, reach, rows, first_keys }) =>
        `| ${cell(`${schema}.${table}`)} | ${reach} | ${rows} | ${cell(first_keys.map((key) => key.join('/')).join(', '))} |`,
    ),
    '',
    `References that point outside the snapshot: ${danglingOf(manifest)}.`,
    '',
    '## Absent or cut',
    '',
    ...listOr(
      manifest.absent.map((name) => `${name} is not in the database`),
      'Everything that the plan names was there.',
    ),
    ...listOr(
      [
        ...manifest.cuts.map(({ where, reason }) => `${where}: ${reason}`),
        ...tables
          .filter(({ rows_hidden }) => rows_hidden)
          .map(({ schema, table }) => `${schema}.${table}: row-level security decided which rows this role saw`),
      ],
      'Nothing was cut off.',
    ),
    '',
    '## Writes',
    '',
    ...receipts.map(
      ({ statements: count, transactionId }, at) =>
        `- session ${at + 1}: ${count} statements, read only, repeatable read, transaction id ${transactionId ?? 'never assigned'}`,
    ),
    '',
  ].join('\n');
}

function listOr(items: readonly string[], none: string): string[] {
  return items.length > 0 ? items.map((item) => `- ${line(item)}`) : [none];
}
