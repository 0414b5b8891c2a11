import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import {
  dropClone,
  listClones,
  makeClone,
  resetStaging,
  takeTemplate,
  tendClones,
  warmUp,
} from '../../../stage/clones/index.ts';
import { lockTemplate } from '../../../stage/clones/lock.ts';
import { eventsOf, lend } from '../../support/leases.ts';
import { ClonedStaging, database } from './cloned.ts';

let cloned: ClonedStaging;
let books: Session;

beforeAll(async () => {
  cloned = await ClonedStaging.start('apply', 'backfill');
  await cloned.template();
});
afterAll(() => cloned[Symbol.asyncDispose]());

describe('a clone', () => {
  test('holds what the staging held when it was last copied, and says when that was', async () => {
    const template = await cloned.template();
    await cloned.script(`update shop.orders set label = 'later' where id = 1`);
    await using clone = await made('one');
    expect(clone.of).toEqual({ takenAt: template.takenAt, after: 'apply' });
    expect(await labelIn(clone.database)).toBe('A-1');
    await cloned.script(`update shop.orders set label = 'A-1' where id = 1`);
  });

  test('is opened by its own lease only: not by the staging’s, not by another clone’s, and its lease opens nothing else', async () => {
    await using one = await made('one');
    await using other = await made('other');
    await withBooks(async () => {
      const ofStaging = await lend(cloned.staging, books);
      const ofOne = await lend(cloned.staging, books, { database: one.database });
      const opened = async (target: Target, into: string) => {
        try {
          await using _session = await Session.open({ ...target, database: into });
          return true;
        } catch {
          return false;
        }
      };
      const everywhere = [database, one.database, other.database, 'tiny_stage_template', 'postgres', 'template1'];
      const doors = async (target: Target) => Promise.all(everywhere.map((into) => opened(target, into)));
      expect(await doors(ofOne.target)).toEqual([false, true, false, false, false, false]);
      expect(await doors(ofStaging.target)).toEqual([true, false, false, false, false, false]);
    });
  });

  test('is dropped with its leases, their sessions and its role, and the contract forgets it', async () => {
    const clone = await made('gone');
    await withBooks(async () => {
      const lease = await lend(cloned.staging, books, { database: clone.database });
      await using holder = await Session.open(lease.target);
      const { leases } = await dropClone(cloned.server, { database, name: 'gone', by: 'tester' });
      expect(leases).toMatchObject([{ role: lease.role, sessionsEnded: 1, traces: 0 }]);
      await expect(holder.query('select 1')).rejects.toThrow();
      expect(await eventsOf(books, lease.role)).toEqual(['minted', 'used', 'ended']);
      const traces = await books.query(
        `select name from drydock.declared_role where name like '%gone%' union all
         select role_name from drydock.contract_right where role_name like '%gone%' union all
         select rolname from pg_roles where rolname like '%gone%'`,
      );
      expect(traces.rows).toEqual([]);
    });
    expect(await cloned.databases()).not.toContain(clone.database);
  });

  test('that nobody finished making is listed as incomplete, keeps its name from others, and can be dropped', async () => {
    await using clone = await made('half');
    await cloned.server.query(`drop database ${clone.database}`);
    expect(await listClones(cloned.server, database)).toMatchObject([{ name: 'half', isThere: false }]);
    await expect(cloned.clone('half')).rejects.toMatchObject({ code: 'CLONE_EXISTS' });
  });

  test('belongs to whom the staging does, says what the staging says, and both know in the contract who opens it', async () => {
    await cloned.server.script(
      `create role tiny_keeper; alter database ${database} owner to tiny_keeper; comment on database ${database} is 'of the team'`,
    );
    await cloned.template();
    await using clone = await made('known');
    expect(await cloned.about(clone.database)).toEqual({ owner: 'tiny_keeper', comment: 'of the team' });
    for (const inside of [database, clone.database]) {
      await using session = await cloned.staging.connect(inside);
      const { rows } = await session.query(
        'select distinct object_name as door from drydock.contract_right where role_name = $1',
        [`${clone.database}_connect`],
      );
      expect(rows).toEqual([{ door: clone.database }]);
    }
    await reset();
    expect(await cloned.about(database)).toEqual({ owner: 'tiny_keeper', comment: 'of the team' });
    await cloned.server.script(
      `alter database ${database} owner to ${cloned.staging.instance.admin}; comment on database ${database} is null`,
    );
    await cloned.template();
    await cloned.server.query('reassign owned by tiny_keeper to current_user');
    await warmUp(cloned.server, database);
  });

  test('waits for a template that is being replaced', async () => {
    await using other = await cloned.staging.connect('postgres');
    const taking = await lockTemplate(other, 'exclusive');
    const making = made('patient');
    await vi.waitUntil(() => cloned.isAnybodyWaiting(), { timeout: 5000, interval: 5 });
    const { rowCount } = await other.query(`select from pg_database where datname = 'tiny_stage_patient'`);
    expect(rowCount).toBe(0);
    await taking[Symbol.asyncDispose]();
    await using _clone = await making;
  });

  test('stays, and so does its name, where a lease of it cannot be ended', async () => {
    const clone = await made('held');
    await withBooks(async () => {
      const { role } = await lend(cloned.staging, books, { database: clone.database });
      await cloned.server.query(`create database owned_by_it owner ${role}`);
      const order = { database, name: 'held', by: 'tester' };
      await expect(dropClone(cloned.server, order)).rejects.toMatchObject({ code: 'LEASE_NOT_ENDED' });
      expect(await cloned.databases()).toContain(clone.database);
      await cloned.server.query('drop database owned_by_it');
      await dropClone(cloned.server, order);
    });
  });

  test('whose time is over is dropped by whoever looks after them; the others stay', async () => {
    const now = new Date();
    await using staying = await made('staying');
    await cloned.clone('short', { ttlMs: 1000, now: new Date(now.getTime() - 2000) });
    const later = new Date(now.getTime() + 60_000);
    await cloned.clone('long', { ttlMs: 60_000, now });
    const tending = await tendClones(cloned.server, { database, now, by: 'keeper' });
    expect(tending.dropped.map(({ clone }) => clone.name)).toEqual(['short']);
    expect(tending.nextExpiry).toEqual(later);
    expect((await listClones(cloned.server, database)).map(({ name }) => name)).toEqual(['long', staying.name]);
    await tendClones(cloned.server, { database, now: later, by: 'keeper' });
  });

  test.each(['', 'a b', 'a"b', '../x', 'template', 'warm', 'x'.repeat(60)])('cannot be called %j', async (name) => {
    await expect(cloned.clone(name)).rejects.toMatchObject({ code: 'CLONE_NAME' });
  });

  test('takes no name of a database or a role that is somebody’s', async () => {
    await cloned.server.query('create role tiny_stage_theirs_connect');
    await expect(cloned.clone('theirs')).rejects.toMatchObject({ code: 'CLONE_EXISTS' });
    expect(await listClones(cloned.server, database)).toEqual([]);
    await cloned.server.query('drop role tiny_stage_theirs_connect');
    await cloned.server.query('create database tiny_stage_theirs');
    await expect(cloned.clone('theirs')).rejects.toMatchObject({ code: 'CLONE_EXISTS' });
    expect(await cloned.databases()).toContain('tiny_stage_theirs');
    await cloned.server.query('drop database tiny_stage_theirs');
  });
});

describe('a template', () => {
  test('is not taken while somebody is in the staging, who is named; the one before stays', async () => {
    const before = await cloned.template();
    await using somebody = await cloned.staging.connect();
    await expect(cloned.template()).rejects.toMatchObject({
      code: 'CLONE_SESSIONS',
      message: expect.stringContaining('tiny_admin (drydock'),
    });
    await somebody.query('select 1');
    await using clone = await made('still');
    expect(clone.of.takenAt).toBe(before.takenAt);
  });

  test('is taken live by ending the sessions of a client that comes back again and again', async () => {
    let busy = true;
    const returning = (async () => {
      while (busy) {
        await cloned.script('select pg_sleep(0.001)').catch(() => {});
      }
    })();
    await cloned.template({ endSessions: true });
    busy = false;
    await returning;
    await using _faithful = await made('live');
    await cloned.script('select 1');
  });

  test('cannot be entered by anybody, the administrator included', async () => {
    await expect(cloned.staging.connect('tiny_stage_template')).rejects.toMatchObject({
      message: expect.stringContaining('not currently accepting connections'),
    });
  });

  test('has to find room in a name', async () => {
    const order = { database: 'x'.repeat(60), after: null, now: new Date() };
    await expect(takeTemplate(cloned.server, order)).rejects.toMatchObject({ code: 'CLONE_NAME' });
  });

  test('two at once, and clones beside them, wait for each other', async () => {
    const work = ['p', 'q', 'r'].map(async (name) => {
      await using server = await cloned.staging.connect('postgres');
      const taking = takeTemplate(server, { database, after: 'check', now: new Date() });
      // another one is in the staging for a moment
      await taking.catch((error: unknown) => expect(error).toMatchObject({ code: 'CLONE_SESSIONS' }));
      await makeClone(server, { database, name, by: 'tester', now: new Date() });
      await dropClone(server, { database, name, by: 'tester' });
    });
    await Promise.all(work);
    expect(await listClones(cloned.server, database)).toEqual([]);
  });
});

describe('a reset', () => {
  test('puts the staging back to its template, from a copy that stood ready, and keeps the books', async () => {
    await cloned.template();
    await warmUp(cloned.server, database);
    await using clone = await made('beside');
    const lease = await withBooks(() => lend(cloned.staging, books, { database: clone.database }));
    await cloned.script('delete from shop.orders; create table shop.junk ()');
    expect(await reset()).toMatchObject({ wasWarm: true });
    expect(await labelIn(database)).toBe('A-1');
    await withBooks(async () => {
      expect(await books.row(`select to_regclass('shop.junk') as junk`)).toEqual({ junk: null });
      expect(await books.query('select role_name from drydock.lease')).toMatchObject({
        rows: expect.arrayContaining([{ role_name: lease.role }]),
      });
      expect(await eventsOf(books, lease.role)).toEqual(['minted']);
      // what is written next does not meet what was carried over
      await lend(cloned.staging, books);
    });
    await using _holder = await Session.open(lease.target);
  });

  test('makes the copy first where none stands ready', async () => {
    await cloned.script('delete from shop.orders');
    expect(await reset()).toMatchObject({ wasWarm: false });
    expect(await labelIn(database)).toBe('A-1');
  });

  test('takes no copy that stood ready for the template before, were it like it but for rows', async () => {
    await warmUp(cloned.server, database);
    await cloned.script(`update shop.orders set label = 'later' where id = 1`);
    await cloned.template();
    expect(await reset()).toMatchObject({ wasWarm: false });
    expect(await labelIn(database)).toBe('later');
    await cloned.script(`update shop.orders set label = 'A-1' where id = 1`);
    await cloned.template();
  });

  test('throws nobody out unasked', async () => {
    await using somebody = await cloned.staging.connect();
    await expect(reset()).rejects.toMatchObject({ code: 'CLONE_SESSIONS' });
    await somebody.query('select 1');
    await reset({ endSessions: true });
    await expect(somebody.query('select 1')).rejects.toThrow();
  });

  test('that is at work is not disturbed by whoever looks after clones', async () => {
    await using other = await cloned.staging.connect('postgres');
    await using _working = await lockTemplate(other, 'exclusive');
    await cloned.server.query(`alter database ${database} allow_connections false`);
    await tendClones(cloned.server, { database, now: new Date(), by: 'keeper' });
    await expect(cloned.script('select 1')).rejects.toThrow('not currently accepting connections');
    await cloned.server.query(`alter database ${database} allow_connections true`);
  });

  test('that was killed half-way is mended: the staging opens again, and what was put aside goes', async () => {
    await cloned.server.query(`alter database ${database} allow_connections false`);
    await cloned.server.query('create database tiny_stage_next');
    await tendClones(cloned.server, { database, now: new Date(), by: 'keeper' });
    await cloned.script('select 1');
    expect(await cloned.databases()).not.toContain('tiny_stage_next');
    expect(await cloned.databases()).not.toContain('tiny_stage_old');
  });
});

/** A clone that goes with its scope. */
async function made(name: string) {
  const clone = await cloned.clone(name);
  return {
    ...clone,
    [Symbol.asyncDispose]: async () => void (await dropClone(cloned.server, { database, name, by: 'tester' })),
  };
}

function reset({ endSessions = false } = {}) {
  return resetStaging(cloned.server, { database, endSessions });
}

async function labelIn(name: string): Promise<unknown> {
  await using session = await cloned.staging.connect(name);
  const { label } = await session.row<{ label: string }>('select label from shop.orders where id = 1');
  return label;
}

/** A session on the database that keeps the leases, only for as long as it is needed: nobody may be in it to copy it. */
async function withBooks<T>(work: () => Promise<T>): Promise<T> {
  await using session = await cloned.staging.connect();
  books = session;
  return await work();
}
