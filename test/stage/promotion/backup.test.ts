import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../../ops/evidence.ts';
import type { Config } from '../../../ops/config/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import { backup } from '../../../stage/promotion/backup.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/home.ts';
import { Staging, tinyFile } from '../../support/staging.ts';
import { contextOf, orderOf } from './order.ts';

let staging: Staging;
let session: Session;
let folder: TemporaryFolder;

beforeAll(async () => {
  staging = await (await Staging.start({ file: tinyFile })).run('bootstrap', 'apply');
  session = await staging.connect();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await session.close();
  await staging[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A folder with programs that say to be of a version; the dump holds so many tables. */
async function tools(version: string, tables = 1_000): Promise<string> {
  const path = join(folder.path, `bin-${version}-${tables}`);
  await mkdir(path);
  const listed = Array.from({ length: tables }, (_, n) => `${n}; 1259 ${n} TABLE shop t${n} shop_owner`).join('\n');
  await program(join(path, 'pg_dump'), version, 'dumped');
  await program(join(path, 'pg_restore'), version, listed);
  return path;
}

async function program(path: string, version: string, output: string): Promise<void> {
  const lines = ['#!/bin/sh', `[ "$1" = --version ] && echo 'tool (PostgreSQL) ${version}' && exit`, "cat <<'END'"];
  await writeFile(path, `${[...lines, output, 'END'].join('\n')}\n`);
  await chmod(path, 0o755);
}

async function backedUp(settings: Config['promotion']['backup'], binaryFolders: readonly string[] = []) {
  const order = orderOf({ promotion: { backup: settings }, binaryFolders, target: staging.target() }, folder.path);
  const context = contextOf(order, { session });
  const said = await backup.run(context);
  return { said, made: context.backup, verdict: context.measurements[0]!.verdict };
}

describe('a dump', () => {
  const dumps = { folder: 'dumps', keep: '35d' };

  test('is made by the oldest tool that can read the server', async () => {
    const [old, fitting, newer] = [await tools('15.9'), await tools('16.4'), await tools('17.1')];
    expect(await backedUp(dumps, [newer, old, fitting])).toMatchObject({
      verdict: 'go',
      made: { kind: 'dump', tool: 'pg_dump 16.4', entries: 1_000 },
    });
    expect((await backedUp(dumps, [newer, old])).made).toMatchObject({ tool: 'pg_dump 17.1' });
    expect(await backedUp(dumps, [old])).toMatchObject({ verdict: 'no-go', made: null });
  });

  test('that holds fewer tables than the target is none', async () => {
    const { said, made, verdict } = await backedUp(dumps, [await tools('16.4', 2)]);
    expect([verdict, made]).toEqual(['no-go', null]);
    expect(said).toMatch(/ holds 2 tables, and the target has \d+$/);
  });
});

describe('a backup that others made', () => {
  test('is believed when it is the file that they named, and no other', async () => {
    await writeFile(join(folder.path, 'others.tar'), 'theirs');
    const named = { external: 'others.tar', sha256: sha256('theirs') };
    expect(await backedUp(named)).toMatchObject({ verdict: 'go', made: { kind: 'external', bytes: 6 } });
    const another = await backedUp({ ...named, sha256: sha256('mine') });
    expect([another.verdict, another.made]).toEqual(['no-go', null]);
    expect(another.said).toContain('is another file than the one named');
    expect((await backedUp({ ...named, external: 'gone.tar' })).said).toContain('is not there');
  });
});
