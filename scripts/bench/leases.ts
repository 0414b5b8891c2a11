import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifier, literal, scramVerifier, Session } from '../../ops/postgres/index.ts';
import { endLeases, keepLeases, leaseTermsOf, mintLease, type Lease } from '../../stage/leases/index.ts';
import { everythingGranted } from '../../test/support/leases.ts';
import { Staging, tinyFile } from '../../test/support/staging.ts';
import { alone, median, ms, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const clients = 100;
const rounds = 15;
const leases = 1000;
const atATime = 50;
const grantors = ['first_grantor', 'second_grantor', 'third_grantor'];
const others = ['second_database', 'third_database'];
const hostiles = join(import.meta.dirname, 'lease-hostiles.ts');

/** What it takes to mint and to end leases: quietly by the thousand, and against hostile clients. */
export async function benchLeases(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  await using staging = await Staging.start({
    file: tinyFile,
    home: join(folder.path, 'home'),
    server: { max_connections: '300' },
  });
  await staging.run('bootstrap', 'apply');
  await using admin = await staging.connect();
  const quiet = await byTheThousand(staging, admin);
  await prepareHostilities(staging, admin);
  await using minter = await Session.open({ ...staging.target(), user: 'minter', password: 'the minter' });
  const bySuperuser = await attacked(staging, admin, admin);
  const byMinter = await attacked(staging, admin, minter);
  return [
    { what: 'mint a lease, in-process', ours: ms(median(quiet.mints)), ...alone, bar: '50 ms' },
    {
      what: `${leases} leases minted and ended: what is left in the catalogs`,
      ours: quiet.left,
      ...alone,
      bar: 'nothing',
    },
    row('superuser: last session gone after the deadline', worst(bySuperuser.map(({ lastSeenMs }) => lastSeenMs)), 250),
    row('superuser: role gone, nothing depends on it', worst(bySuperuser.map(({ doneMs }) => doneMs)), 2000),
    row(
      'CREATEROLE only: last session gone after the deadline',
      worst(byMinter.map(({ lastSeenMs }) => lastSeenMs)),
      250,
    ),
    {
      what: 'CREATEROLE only: grants it may not revoke, named with object and grantor',
      ours: `${Math.min(...byMinter.map(({ named }) => named))} of ${grantors.length}`,
      ...alone,
      bar: `${grantors.length} of ${grantors.length}`,
    },
  ];
}

function row(what: string, value: number, bar: number): BenchRow {
  return { what: `${clients} hostile clients, ${what}, worst of ${rounds}`, ours: ms(value), ...alone, bar: ms(bar) };
}

const worst = (values: readonly number[]) => Math.max(...values);

async function byTheThousand(staging: Staging, admin: Session): Promise<{ mints: number[]; left: string }> {
  const before = await everythingGranted(admin);
  const mints: number[] = [];
  for (let minted = 0; minted < leases; minted += atATime) {
    const roles: string[] = [];
    for (let index = 0; index < atATime; index += 1) {
      mints.push(await timed(async () => roles.push((await lendIn(staging, admin)).role)));
    }
    await endLeases(admin, roles, { by: 'bench', reason: 'revoked' });
  }
  return { mints, left: (await everythingGranted(admin)) === before ? 'nothing' : 'something' };
}

function lendIn(staging: Staging, session: Session): Promise<Lease> {
  const { config } = staging.project;
  const terms = { ...leaseTermsOf(config), connections: 2 * clients };
  const { database, lease } = config;
  const who = { by: 'bench', lentTo: 'a hostile', now: new Date() };
  return mintLease(session, { profile: lease.profile, database, ttlMs: 3_600_000, terms, ...who });
}

/** A minter without superuser, rights that a lease should not have, two more databases, and roles that grant. */
async function prepareHostilities(staging: Staging, admin: Session): Promise<void> {
  for (const name of others) await admin.query(`create database ${name}`);
  await admin.script(`
    create role minter login createrole password ${literal(scramVerifier('the minter'))};
    grant agent, tiny_stage_connect to minter with admin option, inherit false;
    grant tiny_stage_connect, audit_owner to minter with inherit true;
    grant temporary on database tiny_stage to agent;
    ${grantors.map((name) => `create role ${name} nologin`).join(';')}
  `);
  for (const database of ['tiny_stage', ...others]) {
    await using inside = await staging.connect(database);
    await inside.script(`
      create schema shared; create table shared.things (n integer);
      grant usage, create on schema shared to public;
      ${grantors.map((name) => `grant select, insert on shared.things to ${name} with grant option`).join(';')}
    `);
  }
}

interface Round {
  /** How long after the deadline the last session of the lease was seen. */
  readonly lastSeenMs: number;
  /** How long after the deadline the reaper was done. */
  readonly doneMs: number;
  /** Grantors named in what it could not remove. */
  readonly named: number;
}

async function attacked(staging: Staging, admin: Session, reaper: Session): Promise<Round[]> {
  const found: Round[] = [];
  for (let index = 0; index <= rounds; index += 1) {
    const result = await oneRound(staging, admin, reaper);
    if (index > 0) found.push(result); // the first one warms up
  }
  return found;
}

async function oneRound(staging: Staging, admin: Session, reaper: Session): Promise<Round> {
  const lease = await lendIn(staging, reaper);
  await arm(staging, admin, lease, reaper === admin ? others : []);
  const attack = fork(hostiles, [JSON.stringify({ target: lease.target, clients })]);
  await once(attack, 'message');
  const watch = await watchSessions(staging, lease);
  const deadline = performance.now();
  const { ended, stuck } = await keepLeases(reaper, lease.expiresAt, { by: 'bench' });
  const doneMs = performance.now() - deadline;
  await sleep(300); // one that came back would be seen
  const lastSeenMs = Math.max(0, (await watch.stop()) - deadline);
  attack.kill('SIGKILL');
  await once(attack, 'exit');
  if (reaper === admin) {
    await requireGone(
      admin,
      ended.map(({ role }) => role),
      lease,
    );
    return { lastSeenMs, doneMs, named: 0 };
  }
  const problem = stuck.map((each) => each.problem).join();
  await disarm(admin, lease);
  await keepLeases(reaper, lease.expiresAt);
  return { lastSeenMs, doneMs, named: grantors.filter((name) => problem.includes(`granted by ${name}`)).length };
}

/** Lets a lease own something in every database, act as its profile, and be granted things by several. */
async function arm(staging: Staging, admin: Session, { role }: Lease, elsewhere: readonly string[]): Promise<void> {
  const login = identifier(role);
  await admin.query(`grant agent to ${login} with set true`);
  for (const database of ['tiny_stage', ...elsewhere]) {
    await using inside = await staging.connect(database);
    await inside.script(`
      set role ${login}; create table shared."of ${role}" (n integer); reset role;
      ${grantors.map((name) => `set role ${name}; grant select on shared.things to ${login}; reset role`).join(';')}
    `);
  }
}

async function disarm(admin: Session, { role }: Lease): Promise<void> {
  const login = identifier(role);
  await admin.script(
    grantors.map((name) => `set role ${name}; revoke all on shared.things from ${login}; reset role`).join(';'),
  );
}

/** Looks for sessions of a lease all the time, until it is stopped. @returns from `stop`, when the last one was seen */
async function watchSessions(staging: Staging, { role }: Lease): Promise<{ stop(): Promise<number> }> {
  const session = await staging.connect();
  const { oid } = await session.row<{ oid: number }>('select oid::int8 as oid from pg_roles where rolname = $1', [
    role,
  ]);
  let isOver = false;
  let lastSeen = performance.now();
  const watching = (async () => {
    while (!isOver) {
      const { there } = await session.row<{ there: boolean }>(
        'select exists (select from pg_stat_activity where usesysid = $1::int8::oid) as there',
        [oid],
      );
      if (there) lastSeen = performance.now();
      await sleep(2);
    }
    await session.close();
    return lastSeen;
  })();
  return {
    stop() {
      isOver = true;
      return watching;
    },
  };
}

async function requireGone(admin: Session, ended: readonly string[], { role }: Lease): Promise<void> {
  const { left } = await admin.row<{ left: number }>(
    `select (select count(*) from pg_roles where rolname = $1)
        + (select count(*) from pg_shdepend where refclassid = 'pg_authid'::regclass
           and refobjid not in (select oid from pg_authid)) as left`,
    [role],
  );
  if (!ended.includes(role) || left > 0) throw new Error(`${role} is not gone: ${left} left`);
}
