import {
  readTrail,
  rebaseTrail,
  verifyEvidence,
  verifyTrail,
  type MovedEntry,
  type TrailReport,
} from '../../audit-log/trail/index.ts';
import { DrydockError, exitCodes } from '../../ops/errors.ts';
import type { Options } from '../command.ts';
import { dayFilesAt } from '../git-trail.ts';
import type { Io } from '../io.ts';
import { jsonOf } from './json.ts';

/** Prints one entry as it stands in its file. */
export async function showTrail(io: Io, directory: string, options: Options, wanted?: string): Promise<number> {
  const entries = await readTrail(directory);
  const entry = wanted === undefined ? entries.at(-1) : entries.find(({ number }) => number === Number(wanted));
  if (!entry) {
    throw new DrydockError('USAGE_ENTRY', `The trail in ${directory} has no entry ${wanted ?? 'yet'}.`, {
      hint: entries.length > 0 ? `It has entries 1 to ${entries.length}.` : 'Run "drydock run" to write the first.',
    });
  }
  io.out(options.json ? jsonOf(entry) : `## ${entry.heading}\n\n${entry.body}\n`);
  return exitCodes.go;
}

/** Verifies the chain, and with `--head` that its end is still there. */
export async function verifyTrailAt(io: Io, directory: string, options: Options): Promise<number> {
  const head = typeof options['head'] === 'string' ? options['head'] : undefined;
  const known = head !== undefined && /^\d+$/.test(head) ? Number(head) : head;
  const report = await verifyChain(directory, known === undefined ? {} : { head: known });
  const promotions = await verifyChain(directory, { chain: 'prod' });
  io.out(options.json ? jsonOf({ ...report, promotions }) : inWords(report, promotions));
  if (report.problems.length + promotions.problems.length > 0) return exitCodes['no-go'];
  return report.entries > 0 ? exitCodes.go : exitCodes.unproven;
}

/** The entries of a chain, and the files that they name. */
async function verifyChain(
  directory: string,
  options: { head?: string | number; chain?: string },
): Promise<TrailReport> {
  const report = await verifyTrail(directory, options);
  return { ...report, problems: [...report.problems, ...(await verifyEvidence(directory, options))] };
}

function inWords({ entries, head, problems: own }: TrailReport, promotions: TrailReport): string {
  const problems = [...own, ...promotions.problems];
  if (problems.length > 0) {
    const list = problems.map(({ file, line, message }) => `  ${file}:${line}: ${message}`);
    return `The trail is broken:\n${list.join('\n')}\n`;
  }
  if (!head) return 'There is no entry yet: nothing to verify.\n';
  const others = promotions.entries > 0 ? `${promotions.entries} entries of promotions, unbroken.\n` : '';
  return `${entries} entries, unbroken. The head is entry ${head.number}, sha256 ${head.sha256}.\n${others}`;
}

/** Puts the entries of this branch after those of another. */
export async function rebaseTrailAt(
  io: Io,
  { trail: directory, lockFile }: { trail: string; lockFile: string },
  options: Options,
): Promise<number> {
  const [own, onto] = await Promise.all([
    dayFilesAt(String(options['from']), directory),
    dayFilesAt(String(options['onto']), directory),
  ]);
  const moved = await rebaseTrail({ directory, lockFile, own, onto });
  io.out(options.json ? jsonOf({ moved }) : movedInWords(moved, String(options['onto'])));
  return exitCodes.go;
}

function movedInWords(moved: readonly MovedEntry[], onto: string): string {
  if (moved.length === 0) return `Every entry of this branch follows those of ${onto} already.\n`;
  const lines = moved.map(({ heading, contentSha256, from, to }) =>
    [
      `${heading}: entry ${from.number} is now entry ${to.number} in ${to.file}`,
      `  content ${contentSha256}, as before`,
      `  entry   ${to.sha256}, before ${from.sha256}`,
    ].join('\n'),
  );
  return `${lines.join('\n')}\nNow: git add the trail, and commit.\n`;
}
