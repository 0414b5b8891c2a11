import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedProvider, hostOf, sweepEmbedded } from '../../../../stage/providers/index.ts';
import { serverAccount } from '../../../../stage/providers/account.ts';
import { temporaryFolder, type TemporaryFolder } from '../../../support/home.ts';

const host = hostOf(process);
const ofRoot = test.skipIf(host.uid !== 0);
const ofOthers = test.skipIf(host.uid === 0);
let folder: TemporaryFolder;
let home: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  home = join(folder.path, 'home');
});

afterEach(() => folder[Symbol.asyncDispose]());

test('makes a home that others can neither read nor write', async () => {
  await using _instance = await startIn(home);
  expect((await stat(home)).mode & 0o777).toBe(host.uid === 0 ? 0o711 : 0o700);
});

test('keeps the passwords in files of our own, closed to everybody else', async () => {
  await using instance = await startIn(home);
  const { mode, uid } = await stat(join(home, 'instances', 'here', 'instance.json'));
  expect({ mode: mode & 0o777, uid }).toEqual({ mode: 0o600, uid: host.uid });
  expect((await stat(instance.dataDirectory!)).mode & 0o777).toBe(0o700);
});

test('refuses a home that other users can write to', async () => {
  await mkdir(home);
  await chmod(home, 0o777);
  await expect(startIn(home)).rejects.toMatchObject({
    code: 'PROVIDER_HOME_UNSAFE',
    message: expect.stringContaining(home),
  });
  await expect(sweepEmbedded(home, host)).rejects.toMatchObject({ code: 'PROVIDER_HOME_UNSAFE' });
});

ofRoot('refuses a home that belongs to somebody else', async () => {
  await mkdir(home);
  await chown(home, 12345, 12345);
  await expect(startIn(home)).rejects.toMatchObject({ message: `${home} belongs to user id 12345, not to 0.` });
});

test('refuses a home that is a file', async () => {
  await writeFile(home, '');
  await expect(startIn(home)).rejects.toMatchObject({ code: 'PROVIDER_HOME_UNSAFE' });
});

test('says that a home cannot be made where it is asked for', async () => {
  await writeFile(join(folder.path, 'file'), '');
  await expect(startIn(join(folder.path, 'file/home'))).rejects.toMatchObject({
    code: 'PROVIDER_HOME_UNWRITABLE',
    hint: expect.stringContaining('DRYDOCK_HOME'),
  });
});

ofOthers('says that a home of ours is closed to ourselves', async () => {
  await mkdir(home, { mode: 0o500 });
  await expect(startIn(home)).rejects.toMatchObject({ code: 'PROVIDER_HOME_UNWRITABLE' });
});

ofRoot('says that the server account cannot get into the home', async () => {
  await mkdir(join(folder.path, 'closed'), { mode: 0o700 });
  await expect(startIn(join(folder.path, 'closed/home'))).rejects.toMatchObject({ code: 'PROVIDER_HOME_UNREACHABLE' });
});

test('refuses a run id that would lead out of the home', async () => {
  await expect(startIn(home, '../elsewhere')).rejects.toMatchObject({ code: 'PROVIDER_RUN_ID' });
});

test('as root runs the server as postgres, else as nobody, and says when there is neither', async () => {
  const root = { ...host, uid: 0, gid: 0 };
  const users = async (...lines: string[]) => {
    await writeFile(join(folder.path, 'users'), lines.join('\n'));
    return serverAccount(root, join(folder.path, 'users'));
  };
  const nobody = 'nobody:x:65534:65533::/nonexistent:/bin/false';
  const postgres = 'postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash';
  expect(await users('root:x:0:0::/root:/bin/sh', nobody, postgres)).toMatchObject({
    name: 'postgres',
    uid: 101,
    gid: 104,
  });
  expect(await users(nobody)).toMatchObject({ name: 'nobody', uid: 65534, gid: 65533 });
  await expect(users('root:x:0:0::/root:/bin/sh')).rejects.toMatchObject({ code: 'PROVIDER_NO_ACCOUNT' });
});

test('as an ordinary user runs the server as that user', async () => {
  expect(await serverAccount({ ...host, uid: 1000, gid: 1000 })).toMatchObject({
    uid: 1000,
    gid: 1000,
    credentials: {},
  });
});

function startIn(path: string, runId = 'here') {
  return embeddedProvider(host).start({ runId, admin: 'contract_admin', home: path });
}
