import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifier, literal, scramVerifier, Session } from '../../../ops/postgres/index.ts';
import { endLease, keepLeases, listLeases } from '../../../stage/leases/index.ts';
import { everythingGranted, lend } from '../../support/leases.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
let admin: Session;
let minter: Session;

/** On a managed server nobody is superuser: the minter has CREATEROLE, and ADMIN on what it lends. */
beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
  await staging.run('bootstrap', 'apply');
  admin = await staging.connect();
  await admin.script(`
    create role minter login createrole password ${literal(scramVerifier('the minter'))};
    grant agent, tiny_stage_connect to minter with admin option, inherit false;
    grant tiny_stage_connect, audit_owner to minter with inherit true;
  `);
  minter = await Session.open({ ...staging.target(), user: 'minter', password: 'the minter' });
});

afterAll(async () => {
  await minter.close();
  await admin.close();
  await staging[Symbol.asyncDispose]();
});

const revoked = () => ({ by: 'minter', reason: 'revoked' });

describe('a minter with CREATEROLE only', () => {
  test('mints and ends a lease, sessions and objects included, and leaves nothing', async () => {
    const before = await everythingGranted(admin);
    const lease = await lend(staging, minter);
    await admin.script(`create schema theirs; grant usage, create on schema theirs to ${identifier(lease.role)}`);
    await using session = await Session.open(lease.target);
    await session.script('create table theirs.of_it (a int)');
    await admin.script(`revoke all on schema theirs from ${identifier(lease.role)}`);
    const ended = await endLease(minter, lease.role, revoked());
    expect(ended).toMatchObject({ sessionsEnded: 1, traces: 0 });
    expect(ended.removals.flatMap(({ objects }) => objects)).toEqual(['table theirs.of_it']);
    await expect(session.query('select 1')).rejects.toThrow();
    await admin.script('drop schema theirs');
    expect(await everythingGranted(admin)).toBe(before);
  });

  test('who may not become a grantor says whose grant on what is left, and finishes when it is gone', async () => {
    const lease = await lend(staging, minter);
    const role = identifier(lease.role);
    await admin.script(`set role shop_owner; grant select on shop.orders to ${role}; reset role`);
    await using session = await Session.open(lease.target);
    await expect(endLease(minter, lease.role, revoked())).rejects.toMatchObject({
      code: 'LEASE_NOT_ENDED',
      message: expect.stringContaining('SELECT on table shop.orders, granted by shop_owner'),
    });
    await expect(session.query('select 1')).rejects.toThrow();
    await expect(Session.open(lease.target)).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
    expect(await listLeases(minter)).toMatchObject([{ problem: expect.stringContaining('shop_owner') }]);
    await admin.script(`set role shop_owner; revoke select on shop.orders from ${role}; reset role`);
    expect((await keepLeases(minter, new Date())).ended).toMatchObject([{ role: lease.role, traces: 0 }]);
  });
});
