import { connectRole } from '../../../ops/contract/index.ts';
import { identifier, literal, Session } from '../../../ops/postgres/index.ts';
import { endLease, type EndedLease } from '../end.ts';
import { mintLease, type LeaseOrder } from '../mint.ts';
import { leaseQuery } from '../queries.ts';
import { attackTheEnd, hoardConnections, tryOtherDatabases } from './at-the-end.ts';
import { tryEscapes, type Attempted } from './battery.ts';
import { loadEscapes, type AttackTarget } from './escapes.ts';

/** What an attack came to. */
export interface AttackReport {
  /** The lease that attacked; the attack has ended it. */
  readonly twin: string;
  readonly tried: number;
  readonly refused: number;
  /** Succeeded, and the contract allows it. */
  readonly declared: number;
  /** Succeeded, and it does not matter; each says why. */
  readonly harmless: readonly Attempted[];
  /** What must not be possible and is, or was not clearly refused. */
  readonly findings: readonly Attempted[];
  readonly attempted: readonly Attempted[];
  readonly durationMs: number;
}

/** Should the process of the attack be killed, the keeper ends its twin after this time. */
const twinTtlMs = 60_000;

/**
 * Attacks with a twin: a lease of the same profile and database, minted the same way, which tries to get out, to last
 * longer and to survive its end. The lease that is handed over is never touched.
 * @param session the administrator's, on the database that keeps the leases
 */
export async function attackWithTwin(session: Session, order: LeaseOrder): Promise<AttackReport> {
  const startedAt = performance.now();
  const twin = await mintLease(session, { ...order, ttlMs: Math.min(order.ttlMs, twinTtlMs), lentTo: 'the attack' });
  const end = (): Promise<EndedLease> => endLease(session, twin.role, { by: order.by, reason: 'the attack is over' });
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => void (await end()));
  const attempted = [
    ...(await tryInside(session, twin.target, order.profile)),
    ...(await tryOtherDatabases(twin, await otherDatabases(session, twin.database))),
    await hoardConnections(twin, order.terms.connections),
  ];
  undo.move(); // from here on the end is part of the attack
  const last = await attackTheEnd(twin, end);
  return reportOf(twin.role, [...attempted, ...last.attempted], performance.now() - startedAt);
}

async function tryInside(session: Session, target: Session['target'], profile: string): Promise<Attempted[]> {
  // the schemas, tables and contract that count are those of the database that the lease opens
  await using inside = await session.beside('drydock attack', target.database);
  const targets = await leaseQuery<AttackTarget>(inside, 'attack_targets', [profile]);
  const { pid } = await inside.row<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  const fixed = {
    self: identifier(target.user),
    self_text: literal(target.user),
    profile: identifier(profile),
    connect_role: identifier(connectRole(target.database)),
    admin: identifier(session.target.user),
    admin_text: literal(session.target.user),
    database: identifier(target.database),
    admin_pid: String(pid),
  };
  const named = Object.entries(fixed).map(([placeholder, name]) => ({
    placeholder,
    target: name,
    column: null,
    declared: [],
  }));
  await using attacker = await Session.open(target, { applicationName: 'drydock probe attack' });
  return await tryEscapes(attacker, await loadEscapes([...targets, ...named]));
}

async function otherDatabases(session: Session, own: string): Promise<string[]> {
  const { rows } = await session.query<{ datname: string }>(
    'select datname from pg_catalog.pg_database where datallowconn and datname <> $1 order by 1',
    [own],
  );
  return rows.map(({ datname }) => datname);
}

function reportOf(twin: string, attempted: readonly Attempted[], durationMs: number): AttackReport {
  const of = (verdict: Attempted['verdict']) => attempted.filter((each) => each.verdict === verdict);
  return {
    twin,
    tried: attempted.length,
    refused: of('refused').length,
    declared: of('declared').length,
    harmless: of('harmless'),
    findings: of('finding'),
    attempted,
    durationMs: Math.round(durationMs),
  };
}
