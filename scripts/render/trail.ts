import { readTrail, verifyTrail } from '../../audit-log/trail/index.ts';
import { DrydockError, exitCodes } from '../../ops/errors.ts';
import type { Options } from '../command.ts';
import type { Io } from '../io.ts';

/** Prints one entry as it stands in its file. */
export async function showTrail(io: Io, directory: string, options: Options, wanted?: string): Promise<number> {
  const entries = await readTrail(directory);
  const entry = wanted === undefined ? entries.at(-1) : entries.find(({ number }) => number === Number(wanted));
  if (!entry) {
    throw new DrydockError('USAGE_ENTRY', `The trail in ${directory} has no entry ${wanted ?? 'yet'}.`, {
      hint: entries.length > 0 ? `It has entries 1 to ${entries.length}.` : 'Run "drydock run" to write the first.',
    });
  }
  io.out(options.json ? `${JSON.stringify(entry, null, 2)}\n` : `## ${entry.heading}\n\n${entry.body}\n`);
  return exitCodes.go;
}

/** Verifies the chain, and with `--head` that its end is still there. */
export async function verifyTrailAt(io: Io, directory: string, options: Options): Promise<number> {
  const head = typeof options['head'] === 'string' ? options['head'] : undefined;
  const known = head !== undefined && /^\d+$/.test(head) ? Number(head) : head;
  const report = await verifyTrail(directory, known === undefined ? {} : { head: known });
  io.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : inWords(report));
  if (report.problems.length > 0) return exitCodes['no-go'];
  return report.entries > 0 ? exitCodes.go : exitCodes.unproven;
}

function inWords({ entries, head, problems }: Awaited<ReturnType<typeof verifyTrail>>): string {
  if (problems.length > 0) {
    const list = problems.map(({ file, line, message }) => `  ${file}:${line}: ${message}`);
    return `The trail is broken:\n${list.join('\n')}\n`;
  }
  if (!head) return 'There is no entry yet: nothing to verify.\n';
  return `${entries} entries, unbroken. The head is entry ${head.number}, sha256 ${head.sha256}.\n`;
}
