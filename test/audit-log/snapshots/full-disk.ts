import { CsvFile } from '../../../audit-log/snapshots/csv-file.ts';

/** Writes more than it may, as `ulimit` says, and prints what it was told: full-disk.ts FILE zstd|plain */
const [path, form] = process.argv.slice(2) as [string, string];
const file = await CsvFile.create(path, { zstd: form === 'zstd' });
try {
  for (let piece = 0; piece < 100; piece += 1) {
    const bytes = Buffer.allocUnsafeSlow(1 << 19);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at + piece, 2_654_435_761) >>> 0, at);
    await file.take(0, bytes);
  }
  await file.finish(0);
  await file.close();
  console.log('written');
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  console.log(`${code} ${message}`);
}
