import { styleText } from 'node:util';
import type { EndedLease, Keeping, LeaseHistory, LeaseInForce, StuckLease } from '../../stage/leases/index.ts';
import { jsonOf } from './json.ts';

interface Leases {
  readonly inForce: readonly LeaseInForce[];
  readonly ended: readonly LeaseHistory[];
}

export function leasesJson(leases: Leases): string {
  return jsonOf(leases);
}

/** A line per lease: who, what, since, until, who is on it now; and why the last ones ended. */
export function leasesText({ inForce, ended }: Leases, now: Date): string {
  const none = inForce.length === 0 ? ['No lease is in force.'] : [];
  const past = ended.length > 0 ? ['', 'Ended:', ...ended.map(historyLine)] : [];
  return [...none, ...inForce.map((lease) => leaseLine(lease, now)), ...past, ''].join('\n');
}

function leaseLine(lease: LeaseInForce, now: Date): string {
  const { role, lentTo, mintedBy, mintedAt, database, sessions, lastActivity, problem } = lease;
  const who = `${lentTo}, from ${mintedBy} since ${mintedAt.toISOString()}, on ${database}`;
  const active = lastActivity ? `, last active ${lastActivity.toISOString()}` : '';
  const trouble = problem === null ? [] : [styleText('red', `  locked out, but not gone: ${problem}`)];
  return [`${role}  ${stateOf(lease, now)}`, `  ${who}; ${sessions} sessions now${active}`, ...trouble].join('\n');
}

function stateOf({ expiresAt, reason }: LeaseInForce, now: Date): string {
  if (reason !== null) return styleText('red', `ending: ${reason}`);
  return `until ${expiresAt.toISOString()} (${minutesLeft(expiresAt, now)})`;
}

function minutesLeft(expiresAt: Date, now: Date): string {
  const minutes = Math.floor((expiresAt.getTime() - now.getTime()) / 60_000);
  if (minutes < 0) return styleText('red', 'over, not ended yet');
  const text = minutes >= 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min left` : `${minutes} min left`;
  return minutes < 10 ? styleText('yellow', text) : text;
}

function historyLine({ role, lentTo, endedAt, endedBy, reason, sessionsEnded }: LeaseHistory): string {
  return `  ${role}  ${endedAt}, ${reason}, by ${endedBy}; was ${lentTo ?? 'somebody'}’s; ${sessionsEnded} sessions ended`;
}

/** What ending a lease came to. */
export function endedText({ role, reason, sessionsEnded, removals, traces, usage }: EndedLease): string {
  const revoked = removals.flatMap((removal) =>
    removal.revoked.map((grant) => `  revoked ${grant} (${removal.database})`),
  );
  const objects = removals.flatMap((removal) =>
    removal.objects.map((object) => `  removed ${object} (${removal.database})`),
  );
  const statements = usage.statements
    ? `  sent ${Object.values(usage.statements).reduce((sum, count) => sum + count, 0)} statements, refused ${usage.refused?.reduce((sum, { times }) => sum + times, 0) ?? 0}`
    : `  statements: ${usage.statementsFrom}`;
  const head = `${role} has ended (${reason}): ${sessionsEnded} sessions ended, ${traces} traces left`;
  return [head, ...revoked, ...objects, statements, ''].join('\n');
}

export function endsJson(ends: { ended: readonly EndedLease[]; stuck: readonly StuckLease[] }): string {
  return jsonOf(ends);
}

export function reapJson(kept: Keeping): string {
  return jsonOf(kept);
}

export function reapText({ inForce, ended, stuck, policed, warned }: Keeping): string {
  return [
    ...ended.map((lease) => endedText(lease).trimEnd()),
    ...stuck.map(({ role, problem }) => styleText('red', `${role} is locked out, but not gone: ${problem}`)),
    ...policed.map(
      ({ role, pid, budget, seconds }) => `ended a session of ${role} (pid ${pid}): ${budget} over ${seconds} s`,
    ),
    ...warned.map((role) => `${role} was told that its end is near`),
    `${inForce} leases in force, ${ended.length} ended, ${stuck.length} stuck, ${policed.length} sessions over budget`,
    '',
  ].join('\n');
}
