import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const entry = join(import.meta.dirname, '../../scripts/drydock');

/** The entry, under a Node that says it is of this version. */
function startedBy(version: string, ...args: string[]) {
  const pretence = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
  const preload = `data:text/javascript,${encodeURIComponent(pretence)}`;
  return execa(process.execPath, ['--import', preload, entry, ...args], { reject: false });
}

test('a Node that is too old is told which one is needed, and how to get at it', async () => {
  const { exitCode, stderr, stdout } = await startedBy('20.20.2', 'plan');
  expect(stderr).toContain('Drydock needs Node 24, and this is Node 20.20.2.');
  expect(stderr).toContain('npm run drydock -- plan');
  expect(stdout).toBe('');
  expect(exitCode).toBe(1);
});

test('the Node that it needs runs the command', async () => {
  const { exitCode, stdout } = await startedBy('24.0.0', '--version');
  expect(stdout).toMatch(/^drydock \d/);
  expect(exitCode).toBe(0);
});

test('what it reads to show its help is read from Node’s cache the next time, every file of it', async () => {
  const TMPDIR = await mkdtemp(join(tmpdir(), 'drydock-cache-'));
  try {
    await execa(process.execPath, [entry, '--help'], { env: { TMPDIR, NODE_COMPILE_CACHE: '' } });
    const kept = await readdir(TMPDIR, { recursive: true, withFileTypes: true });
    const commands = await readdir(join(import.meta.dirname, '../../scripts/commands'));
    // each of them twice: without its types, and compiled
    expect(kept.filter((file) => file.isFile()).length).toBeGreaterThan(2 * commands.length);
  } finally {
    await rm(TMPDIR, { recursive: true });
  }
});
