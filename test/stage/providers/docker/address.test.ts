import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { engineAddress } from '../../../../stage/providers/containers/address.ts';
import { reach } from '../../../../stage/providers/containers/reach.ts';
import { temporaryFolder } from '../../../support/home.ts';

const folder = await temporaryFolder();

afterAll(() => folder[Symbol.asyncDispose]());

describe('the Docker engine is', () => {
  test.each([
    ['unix:///run/user/7/docker.sock', { kind: 'socket', path: '/run/user/7/docker.sock' }],
    ['tcp://docker:2375', { kind: 'tcp', host: 'docker', port: 2375 }],
    ['tcp://docker:2376/', { kind: 'tcp', host: 'docker', port: 2376, tls: {} }],
    ['ssh://build.example.org', { kind: 'ssh', destination: 'build.example.org' }],
    ['ssh://ada@build.example.org:2222', { kind: 'ssh', destination: 'ada@build.example.org', port: '2222' }],
  ])('at %s when DOCKER_HOST says so', async (address, expected) => {
    expect(await engineAddress({ DOCKER_HOST: address, DOCKER_CONTEXT: 'ignored' })).toEqual(expected);
  });

  test.each(['docker:2375', 'tcp://docker', 'unix://relative', 'ftp://docker', 'ssh://ada:secret@h', 'tcp://h:1/path'])(
    'nowhere when DOCKER_HOST says %s',
    async (address) => {
      await expect(engineAddress({ DOCKER_HOST: address })).rejects.toMatchObject({ code: 'PROVIDER_DOCKER_HOST' });
    },
  );

  test('asked with the certificates of DOCKER_CERT_PATH', async () => {
    await writeCertificates(join(folder.path, 'certificates'));
    const env = { DOCKER_HOST: 'tcp://docker:1234', DOCKER_CERT_PATH: join(folder.path, 'certificates') };
    expect(await engineAddress(env)).toMatchObject({ tls: { ca: 'ca', cert: 'cert', key: 'key' } });
  });

  test('asked with the certificates of the home folder where DOCKER_TLS_VERIFY is all that is said', async () => {
    await writeCertificates(join(folder.path, '.docker'));
    const env = { DOCKER_HOST: 'tcp://docker:1234', DOCKER_TLS_VERIFY: '1', HOME: folder.path };
    expect(await engineAddress(env)).toMatchObject({ tls: { ca: 'ca', cert: 'cert', key: 'key' } });
  });

  test('that of the chosen context, with its certificates', async () => {
    const config = await contextAt('tcp://attic:2376');
    expect(await engineAddress({ DOCKER_CONFIG: config })).toEqual({
      ...{ kind: 'tcp', host: 'attic', port: 2376 },
      tls: { ca: 'ca', cert: 'cert', key: 'key' },
    });
    expect(await engineAddress({ DOCKER_CONFIG: config, DOCKER_CONTEXT: 'default' })).toMatchObject({ kind: 'socket' });
  });

  test('not guessed when the chosen context is not there', async () => {
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ currentContext: 'cellar' }));
    await expect(engineAddress({ DOCKER_CONFIG: folder.path })).rejects.toMatchObject({
      code: 'PROVIDER_DOCKER_HOST',
      message: expect.stringContaining('no Docker context cellar'),
    });
  });
});

async function writeCertificates(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  for (const name of ['ca', 'cert', 'key']) await writeFile(join(path, `${name}.pem`), name);
}

/** Docker's settings with a context `attic`, laid out as `docker context create` does. */
async function contextAt(address: string): Promise<string> {
  const config = join(folder.path, 'config');
  const id = createHash('sha256').update('attic').digest('hex');
  await mkdir(join(config, 'contexts', 'meta', id), { recursive: true });
  await writeCertificates(join(config, 'contexts', 'tls', id, 'docker'));
  await writeFile(join(config, 'config.json'), JSON.stringify({ currentContext: 'attic' }));
  const meta = { Name: 'attic', Endpoints: { docker: { Host: address } } };
  await writeFile(join(config, 'contexts', 'meta', id, 'meta.json'), JSON.stringify(meta));
  return config;
}

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1'],
  ['[::1]', '127.0.0.1'],
  ['engine.example', '0.0.0.0'],
])('an engine at %s opens its ports on %s: to others only where we are not beside it', async (host, bindTo) => {
  await using way = await reach({ kind: 'tcp', host, port: 2375, tls: undefined });
  expect(way.bindTo).toBe(bindTo);
});
