import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RemoteServer } from './remote-server.ts';

let remote: RemoteServer;
let asFound: unknown;

beforeAll(async () => {
  remote = await RemoteServer.start('remote-refused');
  asFound = await remote.state();
});
afterAll(() => remote[Symbol.asyncDispose]());
afterEach(async () => {
  expect(await remote.state(), 'what a test left on the server').toEqual(asFound);
  expect(await remote.leftovers(), 'what this machine remembers of it').toEqual([]);
});

describe('a remote server is refused', () => {
  test('when it holds data of others, unless each database is allowed by name', async () => {
    await using somebody = await remote.connect();
    await somebody.query('create database "Shop data"');
    await using shop = await remote.connect('Shop data');
    await shop.query('create table orders ()');
    await expect(remote.start()).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_FOREIGN',
      message: expect.stringContaining('Shop data (1 tables)'),
    });
    await (await remote.start({}, { allowExisting: ['Shop data'] })).stop();
    await shop.close();
    await somebody.query('drop database "Shop data"');
  });

  test('when it has a database that nobody lets us look into', async () => {
    await using somebody = await remote.connect();
    await somebody.script(`create role clerk login createdb createrole password 'clerk'`);
    await somebody.query('create database closed');
    await somebody.query('revoke all on database closed from public');
    const url = remote.tls.url('', { user: 'clerk', password: 'clerk' });
    await expect(remote.start({}, { url })).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_FOREIGN',
      message: expect.stringMatching(/closed \(permission denied/),
    });
    await somebody.query('drop database closed');
    await somebody.query('drop role clerk');
  });

  test('not for an empty database beside, as a service container has', async () => {
    await using somebody = await remote.connect();
    await somebody.query('create database made_by_the_image');
    await (await remote.start()).stop();
    await somebody.query('drop database made_by_the_image');
  });

  test('when a role or the database that a run makes is there already, and both stay', async () => {
    await using somebody = await remote.connect();
    await somebody.query('create role reader');
    await somebody.query('create database rehearsed');
    await expect(remote.start()).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_TAKEN',
      message: expect.stringContaining('database rehearsed, role reader'),
    });
    await somebody.query('drop database rehearsed');
    await somebody.query('drop role reader');
  });

  test('when we lack rights there, each by name', async () => {
    await using somebody = await remote.connect();
    await somebody.query(`create role clerk login createdb password 'clerk'`);
    const url = remote.tls.url('', { user: 'clerk', password: 'clerk' });
    await expect(remote.start({}, { url })).rejects.toMatchObject({
      code: 'PROVIDER_REMOTE_RIGHTS',
      message: expect.stringMatching(/clerk .* lacks CREATEROLE\.$/),
    });
    await somebody.query('drop role clerk');
  });

  test('when its certificate is made out to somebody else', async () => {
    const elsewhere = remote.tls.url('', { at: 'localhost' });
    await expect(remote.start({}, { url: elsewhere })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    await (await remote.start({}, { url: remote.tls.url('sslmode=verify-ca', { at: 'localhost' }) })).stop();
  });

  test('when nobody we trust has signed its certificate', async () => {
    const { instance } = remote.tls;
    const unsigned = `postgres://${instance.admin}:${instance.adminPassword}@127.0.0.1:${instance.port}/`;
    await expect(remote.start({}, { url: unsigned })).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    await expect(remote.start({}, { url: `${unsigned}?sslmode=verify-ca` })).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
    });
    await (await remote.start({}, { url: `${unsigned}?sslmode=require` })).stop();
  });
});

describe('the URL of a remote server', () => {
  test.each([
    ['pass-word', 'is not a URL'],
    ['not a URL', 'is not a URL'],
    ['mysql://u:pass-word@h/', 'begins with mysql:'],
    ['postgres://u@h/', 'lacks the user or the password'],
    ['postgres://u:pass-word@h/shop', 'names the database shop'],
    ['postgres://u:pass-word@h/?sslmode=prefer', 'sslmode=prefer'],
    ['postgres://u:pass-word@h/?options=-c', 'has the parameter options'],
    ['postgres://u:pass-word@h/?sslrootcert=/nowhere.crt', '/nowhere.crt, which cannot be read: ENOENT'],
    ['postgres://u:pass-word@h/?sslrootcert=/etc/hostname', 'holds no PEM certificate'],
    ['postgres://u:pass-word%@h/', 'a % that begins no escape'],
  ])('refuses the URL %s: %s', async (url, what) => {
    const error = await remote.start({}, { url }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_REMOTE_URL', message: expect.stringContaining(what) });
    expect(inspect(error)).not.toContain('pass-word');
  });
});
