import { styleText } from 'node:util';
import { danglingOf, type Manifest, type SeedEstimate } from '../../audit-log/snapshots/index.ts';

/** A snapshot for a person: what is in it, what is not, and that nothing was written. */
export function snapshotText(manifest: Manifest, folder: string, expired: readonly string[]): string {
  const { server, receipts, tables } = manifest;
  const names = tables.map(({ schema, table }) => `${schema}.${table}`);
  const width = Math.max(...names.map(({ length }) => length));
  const dangling = danglingOf(manifest);
  return [
    `${styleText('bold', server.database)} as ${manifest.role.name}, Postgres ${server.version}, ${server.position}, LSN ${server.lsn}`,
    ...tables.map(
      ({ reach, rows, bytes }, at) =>
        `${names[at]!.padEnd(width)}  ${number(rows).padStart(11)} rows  ${number(bytes).padStart(13)} bytes  ${reach}`,
    ),
    ...manifest.absent.map((name) => styleText('yellow', `absent: ${name}`)),
    ...manifest.cuts.map(({ where, reason }) => styleText('yellow', `cut: ${where}: ${reason}`)),
    ...(dangling > 0 ? [styleText('yellow', `${dangling} references point outside the snapshot`)] : []),
    `no writes: ${receipts.length} read-only sessions on one snapshot, no transaction id was assigned`,
    ...(manifest.watermark?.future_filter ? [`next time: ${manifest.watermark.future_filter}`] : []),
    ...expired.map((path) => `removed after its retention: ${path}`),
    folder,
    '',
  ].join('\n');
}

/** What the planner expects of each seed. */
export function estimateText({ seeds, absent }: { seeds: readonly SeedEstimate[]; absent: readonly string[] }): string {
  return [
    ...seeds.map(
      ({ table, rows, cost }) => `${table}: about ${number(rows)} rows at a cost of ${number(Math.round(cost))}`,
    ),
    ...absent.map((name) => styleText('yellow', `absent: ${name}`)),
    'nothing was read',
    '',
  ].join('\n');
}

function number(amount: number): string {
  return amount.toLocaleString('en-US');
}
