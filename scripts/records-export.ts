import { createWriteStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { exportLines, verifierSource, type ExportEnd } from '../audit-log/records/index.ts';
import { DrydockError, exitCodes, messageOf } from '../ops/errors.ts';
import { coldPlace, flag, onRecord, print, required, type Call } from './records-place.ts';
import { wholeNumber } from './whole-number.ts';

const dayMs = 86_400_000;

/** On one snapshot, so that what moves to the archive meanwhile is neither missed nor written twice. `no-go` when a cold file could not be read. */
export async function exportRecords(call: Call): Promise<number> {
  const path = resolve(call.io.cwd, required(call, 'output'));
  const until = call.io.now();
  const since = new Date(until.getTime() - wholeNumber(call.options, 'days') * dayMs);
  const order = { since: since.toISOString(), until: until.toISOString(), endpoint: coldPlace(call).endpoint };
  let last: object = {};
  async function* text(lines: AsyncIterable<object>) {
    for await (const line of lines) {
      last = line;
      yield `${JSON.stringify(line)}\n`;
    }
  }
  const draft = `${path}.tmp`;
  try {
    await onRecord(call, (session) =>
      session.transaction(
        () => written(path, pipeline(text(exportLines(session, order)), createWriteStream(draft, { mode: 0o600 }))),
        'begin isolation level repeatable read read only',
      ),
    );
    await written(path, rename(draft, path));
  } finally {
    await rm(draft, { force: true }); // an export that did not end is none
  }
  const { end: records, unread } = last as ExportEnd;
  print(call, { path, records, unread }, () =>
    [`${records} records are in ${path}.`, ...unread.map(({ file: cold, why }) => `  ${cold} ${why}`)].join('\n'),
  );
  return unread.length > 0 ? exitCodes['no-go'] : exitCodes.go;
}

export async function verifier(call: Call): Promise<number> {
  const path = resolve(call.io.cwd, flag(call, 'output') ?? 'verify-records.mjs');
  await written(path, writeFile(path, await verifierSource(commandLine)));
  print(call, { path }, () => `${path} verifies seals with Node alone: node ${path} SEALS PUBLIC_KEY [--records FILE]`);
  return exitCodes.go;
}

/** @throws RECORDS_WRITE when it was the file that failed */
async function written(path: string, writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!['open', 'write', 'close', 'rename'].includes((error as NodeJS.ErrnoException).syscall ?? '')) throw error;
    throw new DrydockError('RECORDS_WRITE', `${path} cannot be written: ${messageOf(error)}.`, {
      hint: 'Name a file in a folder that is there, with --output.',
      cause: error,
    });
  }
}

/** Of the offline verifier; it stands alone, so its exit codes are written out. */
const commandLine = `
const [seals, publicKey, ...rest] = process.argv.slice(2);
const flag = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
if (!publicKey || publicKey.startsWith('--')) {
  console.error('usage: node verify-records.mjs SEALS_FOLDER PUBLIC_KEY [--records EXPORT.jsonl] [--anchor ANCHOR.json]');
  process.exit(2);
}
try {
  const report = await verifyOffline({ seals, publicKey, records: flag('--records'), anchor: flag('--anchor') });
  console.log(JSON.stringify(report, null, 2));
  process.exitCode = report.problems.length > 0 ? 3 : report.checkpoints > 0 ? 0 : 4;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
`;
