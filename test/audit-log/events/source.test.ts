import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceOf } from '../../../audit-log/events/index.ts';
import { spoolDirectory } from '../../support/events.ts';

test('a directory has one name in the ledger, whoever asks first and however many do at once', async () => {
  await using directory = await spoolDirectory();
  const names = await Promise.all(Array.from({ length: 8 }, () => sourceOf(directory.path, 'Host 1.local')));
  expect(new Set(names).size).toBe(1);
  expect(names[0]).toMatch(/^Host-1\.local-[0-9a-f]{8}$/);
  expect(await sourceOf(directory.path, 'another-host')).toBe(names[0]);
  expect(readdirSync(directory.path).sort()).toEqual(['.source', '.source.lock']);
});

test('a name that a power cut left empty is made anew, and two directories of a host have two', async () => {
  await using directory = await spoolDirectory();
  await using other = await spoolDirectory();
  mkdirSync(directory.path);
  writeFileSync(join(directory.path, '.source'), '');
  const name = await sourceOf(directory.path, 'host-1');
  expect(readFileSync(join(directory.path, '.source'), 'utf8')).toBe(name);
  expect(await sourceOf(other.path, 'host-1')).not.toBe(name);
});

test('a directory that cannot be made is named', async () => {
  await using directory = await spoolDirectory();
  writeFileSync(directory.path, 'a file');
  await expect(sourceOf(directory.path, 'host-1')).rejects.toMatchObject({ code: 'EVENTS_DIRECTORY' });
});
