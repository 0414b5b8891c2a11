import { existsSync } from 'node:fs';
import {
  cleanup,
  compact,
  EventTable,
  migrateEvents,
  notReady,
  queryEvents,
  reconcile,
  replay,
  spoolFiles,
  stretchesOf,
  toolEventMigrations,
  type ToolEvent,
} from '../../audit-log/events/index.ts';
import { hoursWindow, rollUpDifferences, usesPostgres } from '../../audit-log/digests/index.ts';
import { exitCodes } from '../../ops/errors.ts';
import { loadRetention } from '../../ops/policies/index.ts';
import type { Options } from '../command.ts';
import type { Io } from '../io.ts';
import { eventSession, ledgerSourceOf, type EventPlace } from '../tool-events.ts';
import { wholeNumber } from '../whole-number.ts';
import { append } from './event-append.ts';
import { jsonLine, jsonOf } from './json.ts';

type Action = (io: Io, place: EventPlace, options: Options) => Promise<number>;

/** What `drydock events` does, by name. Each prints one object, as JSON or in words. */
export const eventActions: Readonly<Record<string, Action>> = {
  migrate,
  append,
  tail,
  replay: replayFiles,
  reconcile: reconcileHours,
  compact: compactDays,
  cleanup: cleanUp,
};

/** Makes the table; a dry run prints the DDL and needs no database. */
async function migrate(io: Io, place: EventPlace, options: Options): Promise<number> {
  if (options['dryRun']) {
    for (const { path, text } of await toolEventMigrations()) io.out(`-- ${path}\n${text}\n`);
    return exitCodes.go;
  }
  const { audit_jsonl_days } = await loadRetention(place.policies);
  await using session = await eventSession(io, place);
  const report = await migrateEvents(session, { daysBack: audit_jsonl_days });
  print(io, options, report, () => {
    const files = report.applied.length > 0 ? `applied ${report.applied.join(', ')}` : 'nothing to apply';
    return `audit.tool_audit_events: ${files}; ${report.partitions} partitions made.`;
  });
  return exitCodes.go;
}

/** The newest events, oldest first, as lines of JSON: from Postgres where it is in use, else from the files. */
async function tail(io: Io, place: EventPlace, options: Options): Promise<number> {
  const lines = wholeNumber(options, 'lines');
  if (!usesPostgres(place)) sayIfMissing(io, place);
  const newest = usesPostgres(place) ? await tailOfTable(io, place, lines) : tailOfFiles(place, lines);
  if (newest.length === 0) io.err('There is no event.\n');
  if (options.json) io.out(jsonOf(newest));
  else for (const event of newest) io.out(jsonLine(event));
  return exitCodes.go;
}

/** A folder that nothing was written to yet is no error, and a misspelt one looks the same. */
function sayIfMissing(io: Io, { directory }: EventPlace): void {
  if (!existsSync(directory)) io.err(`There is no folder ${directory}, so there are no events in files.\n`);
}

function tailOfFiles({ directory }: EventPlace, lines: number): ToolEvent[] {
  let newest: ToolEvent[] = [];
  for (const file of spoolFiles(directory).reverse()) {
    let ofFile: ToolEvent[] = [];
    for (const { events } of stretchesOf(file)) ofFile = [...ofFile, ...events].slice(-lines);
    newest = [...ofFile, ...newest].slice(-lines);
    if (newest.length >= lines) break;
  }
  return newest.sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

async function tailOfTable(io: Io, place: EventPlace, lines: number): Promise<ToolEvent[]> {
  await using session = await eventSession(io, place);
  const rows = await queryEvents<{ event: ToolEvent }>(session, 'newest', [lines]);
  return rows.map(({ event }) => event).reverse();
}

async function replayFiles(io: Io, place: EventPlace, options: Options): Promise<number> {
  sayIfMissing(io, place);
  await using _session = await eventSession(io, place); // says what is wrong with the database before any file is touched
  await using table = new EventTable(place.target!, await ledgerSourceOf(place), { cancel: io.signal });
  const report = await replay({ directory: place.directory, table, signal: io.signal, now: io.now });
  print(io, options, report, () => {
    const inUse =
      report.inUse.length > 0 ? ` Slots ${report.inUse.join(', ')} have a writer, which sends its own.` : '';
    return `${report.stored} events sent, ${report.duplicates} were there, ${report.rejected} rejected.${inUse}`;
  });
  return exitCodes.go;
}

/** `no-go` when events are missing or a roll-up is wrong, `unproven` when there was nothing to compare. */
async function reconcileHours(io: Io, place: EventPlace, options: Options): Promise<number> {
  const window = hoursWindow(wholeNumber(options, 'windowHours'), io.now());
  await using session = place.target ? await eventSession(io, place) : undefined;
  const source = await ledgerSourceOf(place);
  const report = await reconcile({ directory: place.directory, source, session }, window);
  const wrongHours = session ? await rollUpDifferences(session, window) : null;
  const { emitted, stored, spooled, rejected, gaps } = report;
  print(io, options, { ...report, roll_ups: wrongHours }, () =>
    [
      `${source}: ${emitted} emitted = ${stored} stored + ${spooled} spooled + ${rejected} rejected: ${report.balanced ? 'balanced' : 'NOT balanced'}.`,
      ...gaps.map((gap) => `  ${gap.minute}: ${gap.emitted} ≠ ${gap.stored} + ${gap.spooled} + ${gap.rejected}`),
      ...(wrongHours ? [`Roll-ups: ${wrongHours.length} hours are not what their events say.`] : []),
      ...(wrongHours ?? []).map(({ hour, differences }) => `  ${hour}: ${differences} rows differ`),
    ].join('\n'),
  );
  if (!report.balanced || (wrongHours ?? []).length > 0) return exitCodes['no-go'];
  return emitted > 0 ? exitCodes.go : exitCodes.unproven;
}

async function compactDays(io: Io, place: EventPlace, options: Options): Promise<number> {
  const windowDays = wholeNumber(options, 'windowDays');
  sayIfMissing(io, place);
  const { directory, compacted: output } = place;
  const days = await compact({ directory, output, windowDays, signal: io.signal, now: io.now });
  print(io, options, days, () =>
    days.length === 0
      ? 'No day to compact.'
      : days
          .map(
            ({ day, file, events, duplicates, damaged }) =>
              `${day}: ${events} events in ${file}, ${duplicates} duplicates left out, ${damaged} damaged lines`,
          )
          .join('\n'),
  );
  return exitCodes.go;
}

/** Files by --retention-days, partitions by the policy where there is a database. */
async function cleanUp(io: Io, place: EventPlace, options: Options): Promise<number> {
  const policy = await loadRetention(place.policies);
  sayIfMissing(io, place);
  const retentionDays =
    options['retentionDays'] === undefined ? policy.audit_jsonl_days : wholeNumber(options, 'retentionDays');
  const dryRun = options['dryRun'] === true;
  const files = await cleanup({
    directory: place.directory,
    retentionDays,
    mode: options['gzip'] ? 'gzip' : 'delete',
    dryRun,
    sentFirst: place.target !== undefined,
    now: io.now,
  });
  const partitions = place.target ? await dropPartitions(io, place, policy.audit_postgres_days, dryRun) : [];
  print(io, options, { dryRun, files, partitions }, () =>
    [
      `${dryRun ? 'Would clean up' : 'Cleaned up'} ${files.filter(({ done }) => done !== 'kept').length} files and ${partitions.length} partitions.`,
      ...files.map(({ name, done, reason }) => `  ${name}: ${done}${reason ? `, ${reason}` : ''}`),
      ...partitions.map(({ partition_name, events }) => `  ${partition_name}: dropped, ${events} events`),
    ].join('\n'),
  );
  return exitCodes.go;
}

async function dropPartitions(io: Io, place: EventPlace, days: number, dryRun: boolean) {
  await using session = await eventSession(io, place);
  const before = new Date(io.now().getTime() - days * 86_400_000).toISOString().slice(0, 10);
  try {
    const { rows } = await session.query<{ partition_name: string; events: number }>(
      'select partition_name, day::text, events, bytes from audit.drop_tool_event_partitions($1, $2)',
      [before, dryRun],
    );
    return rows;
  } catch (error) {
    throw notReady(error, 'tool_event_retention');
  }
}

function print(io: Io, options: Options, value: unknown, inWords: () => string): void {
  io.out(options.json ? jsonOf(value) : `${inWords()}\n`);
}
