import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { targetOfUrl, urlOfTarget } from '../../../ops/postgres/index.ts';

describe('a connection URL', () => {
  test('says host, port, user, password and database, escaped as URLs escape', () => {
    expect(targetOfUrl('postgres://u%40x:p%2Fw@localhost:5433/My%20Shop', 'DATABASE_URL')).toEqual({
      host: 'localhost',
      port: 5433,
      user: 'u@x',
      password: 'p/w',
      database: 'My Shop',
    });
  });

  test.each([
    ['postgres://u@db.example/shop', { verify: 'full' }],
    ['postgres://u@db.example/shop?sslmode=verify-ca', { verify: 'ca' }],
    ['postgres://u@db.example/shop?sslmode=require', { verify: 'none' }],
    ['postgres://u@db.example/shop?sslmode=disable', undefined],
    ['postgres://u@127.0.0.1/shop', undefined],
    ['postgres://u@[::1]/shop', undefined],
    ['postgres://u@localhost/shop?sslmode=verify-full', { verify: 'full' }],
  ])('%s: TLS %j', (url, tls) => {
    expect(targetOfUrl(url, 'DATABASE_URL').tls).toEqual(tls);
  });

  test.each([
    [undefined, 'is not set'],
    ['pass-word', 'is not a URL'],
    ['mysql://u:pass-word@h/d', 'begins with mysql:'],
    ['postgres://:pass-word@h/d', 'lacks the user'],
    ['postgres://u:pass-word@h', 'names no database'],
    ['postgres:///d', 'names no host'],
    ['postgres://u:pass-word@h/d?sslmode=prefer', 'has sslmode=prefer'],
    [
      'postgres://u:pass-word@h/d?sslrootcert=/nowhere.crt',
      'names the certificate file /nowhere.crt, which cannot be read: ENOENT',
    ],
    ['postgres://u:pass-word%@h/d', 'has a % that begins no escape'],
  ])('%s is refused: %s', (url, what) => {
    let error: unknown;
    try {
      targetOfUrl(url, 'DATABASE_URL');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'USAGE_URL', message: expect.stringContaining(`DATABASE_URL ${what}`) });
    expect(inspect(error)).not.toContain('pass-word');
  });

  test('of a target leads back to it, whatever its names hold', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });
    const host = fc.constantFrom('127.0.0.1', '::1', 'db.example');
    const tls = fc.constantFrom(undefined, { verify: 'full' }, { verify: 'ca' }, { verify: 'none' });
    fc.assert(
      fc.property(name, name, name, host, tls, (user, password, database, at, how) => {
        const target = { host: at, port: 5433, user, password, database, ...(how && { tls: how as never }) };
        expect(targetOfUrl(urlOfTarget(target), 'the URL')).toEqual(target);
      }),
    );
  });
});
