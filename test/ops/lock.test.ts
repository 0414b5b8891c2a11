import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { lock, tryLock } from '../../ops/lock.ts';

const folder = await mkdtemp(join(tmpdir(), 'drydock-lock-'));
afterAll(() => rm(folder, { recursive: true }));

/** Starts another process that holds the lock. @returns how to kill it */
async function holderOf(path: string) {
  const holder = execa(process.execPath, [join(import.meta.dirname, 'lock-holder.ts'), path], { reject: false });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  return async () => {
    holder.kill('SIGKILL');
    return (await holder).signal;
  };
}

test('two processes exclude each other, and kill -9 gives the lock back', async () => {
  const path = join(folder, 'processes');
  const kill = await holderOf(path);
  expect(tryLock(path)).toBeUndefined();
  await expect(lock(path, { timeoutMs: 30 })).rejects.toMatchObject({
    code: 'LOCK_TIMEOUT',
    message: `Another process has held ${path} for over 30 ms.`,
  });
  const waiting = lock(path);
  expect(await kill()).toBe('SIGKILL');
  using held = await waiting;
  expect(tryLock(held.path)).toBeUndefined();
});

test('one process excludes itself, until the lock is given back', () => {
  const path = join(folder, 'self');
  {
    using held = tryLock(path);
    expect(held).toBeDefined();
    expect(tryLock(path)).toBeUndefined();
  }
  using again = tryLock(path);
  expect(again).toBeDefined();
});

test('of many that wait, one at a time has it', async () => {
  const path = join(folder, 'many');
  let inside = 0;
  let most = 0;
  const work = Array.from({ length: 8 }, async () => {
    using _held = await lock(path);
    most = Math.max(most, (inside += 1));
    await new Promise((resolve) => setTimeout(resolve, 2));
    inside -= 1;
  });
  await Promise.all(work);
  expect(most).toBe(1);
});

test('the folder of the lock is made when it is missing', () => {
  using held = tryLock(join(folder, 'deep/er/lock'));
  expect(held).toBeDefined();
});

test('a path that cannot hold a lock is named, and is not taken for a lock that is held', async () => {
  await mkdir(join(folder, 'directory'));
  await writeFile(join(folder, 'file'), 'this is not a lock file, and it is long enough to be looked at as one');
  expect(() => tryLock(join(folder, 'directory'))).toThrow(/^Cannot open the lock file .*directory/);
  expect(() => tryLock(join(folder, 'file', 'lock'))).toThrow(/^Cannot open the lock file .*lock/);
  expect(() => tryLock(join(folder, 'file'))).toThrow(/^Cannot lock .*file: /);
  await expect(lock(join(folder, 'directory'))).rejects.toMatchObject({ code: 'LOCK_UNUSABLE' });
});
