/** Makes the README's picture of a job summary. Usage: node scripts/ci/summary-picture.ts SUMMARY.md OUT.png */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { marked } from 'marked';

const style = `
  body { margin: 0; background: #f3f4f6; font: 14px/1.5 system-ui, 'DejaVu Sans', sans-serif; color: #1c2430 }
  main { margin: 24px; padding: 8px 32px 24px; background: #fff; border: 1px solid #d5d9e0; border-radius: 8px }
  h1 { font-size: 26px } h1, h2 { border-bottom: 1px solid #d5d9e0; padding-bottom: 6px } h2 { font-size: 19px }
  table { border-collapse: collapse; margin: 12px 0 } th, td { border: 1px solid #d5d9e0; padding: 4px 10px; text-align: left }
  tr:nth-child(even) td { background: #f8f9fb } code { background: #eef0f3; padding: 2px 5px; border-radius: 4px }`;

const [summary, picture] = process.argv.slice(2);
if (!summary || !picture) throw new Error('Usage: node scripts/ci/summary-picture.ts SUMMARY.md OUT.png');

const folder = await mkdtemp(join(tmpdir(), 'drydock-picture-'));
try {
  const page = join(folder, 'summary.html');
  const body = await marked.parse(await readFile(summary, 'utf8'));
  await writeFile(page, `<!doctype html><meta charset="utf-8"><style>${style}</style><main>${body}</main>`);
  await execa('chromium', [
    '--headless',
    '--no-sandbox',
    '--hide-scrollbars',
    '--window-size=1010,1046',
    `--user-data-dir=${join(folder, 'profile')}`,
    `--screenshot=${resolve(picture)}`,
    `file://${page}`,
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
