import { describe, expect, test } from 'vitest';
import { targetOfVariables, variablesOf } from '../../../ops/postgres/index.ts';

const login = { PGHOST: 'db.example', PGPORT: '5433', PGUSER: 'ada', PGPASSWORD: 'secret', PGDATABASE: 'shop' };

describe('the PG* variables', () => {
  test('lead nowhere without PGHOST', () => {
    expect(targetOfVariables({ PGUSER: 'ada', PGHOST: '' })).toBeUndefined();
  });

  test('leave user and database to whoever asks; a database without a name is the user’s', () => {
    expect(targetOfVariables({ PGHOST: '::1' }, { user: 'ops', database: 'stage' })).toEqual({
      host: '::1',
      port: 5432,
      user: 'ops',
      password: '',
      database: 'stage',
    });
    expect(targetOfVariables({ PGHOST: 'localhost', PGUSER: 'ada' })).toMatchObject({ database: 'ada' });
  });

  test.each([
    ['db.example', undefined, { verify: 'full' }],
    ['db.example', 'verify-ca', { verify: 'ca' }],
    ['db.example', 'disable', undefined],
    ['127.0.0.1', undefined, undefined],
    ['127.0.0.1', 'require', { verify: 'none' }],
  ])('%s with PGSSLMODE %s: TLS %j', (PGHOST, PGSSLMODE, tls) => {
    expect(targetOfVariables({ ...login, PGHOST, PGSSLMODE })!.tls).toEqual(tls);
  });

  test.each([
    [{ PGUSER: '' }, 'environment names no user'],
    [{ PGPORT: '70000' }, 'names the port 70000'],
    [{ PGPORT: 'any' }, 'names the port any'],
    [{ PGSSLMODE: 'prefer' }, 'has sslmode=prefer; known are verify-full'],
    [{ PGSSLROOTCERT: '/nowhere.pem' }, 'names the certificate file /nowhere.pem, which cannot be read'],
  ])('%j are refused', (wrong, words) => {
    expect(() => targetOfVariables({ ...login, ...wrong })).toThrow(words);
  });

  test('say of a target what leads to it again', () => {
    for (const variables of [login, { ...login, PGSSLMODE: 'require' }, { ...login, PGHOST: 'localhost' }]) {
      expect(variablesOf(targetOfVariables(variables)!)).toEqual(variables);
    }
  });
});
