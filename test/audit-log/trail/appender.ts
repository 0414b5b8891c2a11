/** Appends entries one after another, and names each on stdout once it is told that it is there. */
import { writeSync } from 'node:fs';
import process from 'node:process';
import { appendEntry } from '../../../audit-log/trail/index.ts';

const [directory = '', lockFile = '', label = '', count = 'Infinity'] = process.argv.slice(2);
const stdout = 1;

for (let i = 1; i <= Number(count); i += 1) {
  const heading = `${label}-${i}`;
  const at = new Date('2025-09-22T12:00:00Z');
  await appendEntry({ directory, lockFile, entry: { heading, body: `Body of ${heading}`, at } });
  writeSync(stdout, `${heading}\n`);
}
