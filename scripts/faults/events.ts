import { eventDatabase, spoolDirectory, startServer } from '../../test/support/events.ts';
import { stormOf } from './event-faults.ts';
import { storm } from './event-storm.ts';

/**
 * `npm run faults events [SEEDS [FIRST]]`: kill -9, crashes of Postgres, full disks, failing syncs, torn lines and jumping
 * clocks under the tool events. A line for each seed that lost or doubled something; a seed breaks the same things each time.
 * @returns whether every accepted event was found exactly once
 */
export async function faultEvents(seeds = 64, first = 0): Promise<boolean> {
  await using server = await startServer();
  const sum = { accepted: 0, inPostgres: 0, rejected: 0, lost: 0, doubled: 0, gaps: 0 };
  const strokes = new Map<string, number>();
  for (let seed = first; seed < first + seeds; seed += 1) {
    const database = await eventDatabase(server);
    await using directory = await spoolDirectory();
    const report = await storm(stormOf(seed), { directory: directory.path, ...database });
    sum.accepted += report.accepted;
    sum.inPostgres += report.inPostgres;
    sum.rejected += report.rejected;
    sum.lost += report.lost.length;
    sum.doubled += report.doubled.length;
    sum.gaps += report.gaps.length;
    for (const [fault, count] of Object.entries(report.struck)) strokes.set(fault, (strokes.get(fault) ?? 0) + count);
    if (report.lost.length + report.doubled.length + report.gaps.length > 0) console.log(JSON.stringify(report));
    await dropDatabase(server, database.admin.database);
    if ((seed + 1) % 50 === 0) console.error(`${seed + 1 - first} of ${seeds} seeds …`);
  }
  console.log(
    `${seeds} seeds from ${first}: ${sum.accepted} events accepted, ${sum.lost} lost, ${sum.doubled} doubled, ` +
      `${sum.gaps} minutes out of balance (${sum.inPostgres} rows in Postgres, ${sum.rejected} in reject files)`,
  );
  console.log([...strokes].map(([fault, count]) => `${fault}: ${count}`).join(', '));
  return sum.accepted > 0 && sum.lost + sum.doubled + sum.gaps === 0;
}

async function dropDatabase(server: Awaited<ReturnType<typeof startServer>>, name: string): Promise<void> {
  await using session = await server.connect('postgres');
  await session.query(`drop database "${name}" with (force)`);
}
