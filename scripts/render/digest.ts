import { join, resolve } from 'node:path';
import {
  costDigest,
  costMarkdown,
  dayWindow,
  driftDigest,
  fileDigest,
  hoursWindow,
  oldestDays,
  openDigestPlace,
  privacyDigest,
  privacyMarkdown,
  weekOf,
  weekWindow,
  type CostDigest,
  type PrivacyDigest,
} from '../../audit-log/digests/index.ts';
import { queryEvents, type Window } from '../../audit-log/events/index.ts';
import { exitCodes } from '../../ops/errors.ts';
import { loadCostWeights, loadRetention, loadToolPolicy } from '../../ops/policies/index.ts';
import type { Options } from '../command.ts';
import type { Io } from '../io.ts';
import { digestOrderOf, eventSession, type EventPlace } from '../tool-events.ts';
import { wholeNumber } from '../whole-number.ts';
import { jsonOf } from './json.ts';

const dayMs = 86_400_000;

/** Builds a digest and files it under its day; of the last hours it is only shown. Its exit code says whether it is complete. */
export async function writeDigest(
  io: Io,
  place: EventPlace,
  kind: 'cost' | 'privacy',
  options: Options,
): Promise<number> {
  if (options['windowHours'] !== undefined) {
    const digest = await build(io, place, kind, hoursWindow(wholeNumber(options, 'windowHours'), io.now()));
    io.out(options.json ? jsonOf(digest) : markdownOf(digest, 1));
    return exitCodes[digest.completeness.verdict];
  }
  const day = typeof options['date'] === 'string' ? options['date'] : yesterday(io.now());
  const window = dayWindow(day);
  const path = join(resolve(io.cwd, String(options['reports'])), kind, day);
  const filed = await fileDigest(path, await build(io, place, kind, window), { md: markdownOf });
  const { version, completeness } = filed.digest;
  const said = filed.isNew ? 'written' : 'as it was';
  io.out(
    options.json
      ? jsonOf(filed.digest)
      : `${filed.files.join(', ')}: ${said}, version ${version}. Completeness ${completeness.verdict}: ${completeness.reason}.\n`,
  );
  return exitCodes[completeness.verdict];
}

/** `no-go` for anything that is not as declared or not as before, `unproven` when the usage cannot be judged. */
export async function writeDrift(io: Io, place: EventPlace, options: Options): Promise<number> {
  const week = typeof options['week'] === 'string' ? options['week'] : weekOf(new Date(io.now().getTime() - 7 * dayMs));
  const window = weekWindow(week);
  await using digests = await openDigestPlace(digestOrderOf(io, place));
  const structure = place.target ? await structureOf(io, place) : undefined;
  const digest = await driftDigest(digests, window, await loadToolPolicy(place.policies), structure);
  const path = join(resolve(io.cwd, String(options['reports'])), 'drift', `week-${week}`);
  const { digest: filed, files, isNew } = await fileDigest(path, digest);
  const { policy, usage } = filed;
  const services = filed.services?.findings ?? [];
  const judged = [...policy.findings, ...services].filter(({ level }) => level === 'error');
  const errors = [...judged, ...(filed.structure?.findings ?? [])];
  const words = [
    `${files.join(', ')}: ${isNew ? 'written' : 'as it was'}, version ${filed.version}.`,
    ...policy.findings.map(
      ({ level, what, tool, agent, calls }) =>
        `  ${level}: ${what} ${tool}${agent ? ` by ${agent}` : ''}, ${calls} calls`,
    ),
    ...services.map(({ level, what, service, events }) => `  ${level}: ${what} ${service}, ${events} events`),
    ...(filed.structure?.findings ?? []).map(({ object, problem }) => `  error: ${object} ${problem}`),
    `Usage: ${usage.verdict}, ${usage.reason}.`,
    ...usage.drifts.map(
      ({ tool, share, value, expected, p }) =>
        `  ${tool} ${share}: ${percent(value)}, expected ${percent(expected)} (p ${p.toExponential(1)})`,
    ),
  ];
  io.out(options.json ? jsonOf(filed) : `${words.join('\n')}\n`);
  return exitCodes[errors.length > 0 ? 'no-go' : usage.verdict];
}

async function structureOf(io: Io, place: EventPlace): Promise<{ object: string; problem: string | null }[]> {
  await using session = await eventSession(io, place);
  return await queryEvents<{ object: string; problem: string | null }>(session, 'structure', []);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

async function build(io: Io, place: EventPlace, kind: 'cost' | 'privacy', window: Window) {
  const order = digestOrderOf(io, place);
  await using digests = await openDigestPlace(order);
  if (kind === 'cost') return await costDigest(digests, window, await loadCostWeights(place.policies));
  const oldest = await oldestDays(order, digests.session);
  return await privacyDigest(digests, window, await loadRetention(place.policies), oldest);
}

function markdownOf(digest: CostDigest | PrivacyDigest, version: number): string {
  return digest.kind === 'cost' ? costMarkdown(digest, version) : privacyMarkdown(digest, version);
}

function yesterday(now: Date): string {
  return new Date(now.getTime() - dayMs).toISOString().slice(0, 10);
}
