import { appendEntry, type AppendedEntry } from '../../audit-log/trail/index.ts';
import { line, table } from '../../ops/markdown.ts';
import type { Redactor } from '../../ops/redact.ts';
import type { AttackReport } from './attack/index.ts';
import type { EndedLease, StuckLease } from './end.ts';
import type { HandOver } from './hand-over.ts';
import type { LeaseUsage } from './usage.ts';

/** Where the trail is, and how secrets stay out of it. */
export interface TrailPlace {
  readonly trail: string;
  readonly lockFile: string;
  readonly redactor: Redactor;
}

/** Writes a hand-over to the trail, or that an attack stopped it. */
export async function noteHandOver(
  place: TrailPlace,
  { lease, order, rights, waysIn, attack }: HandOver,
): Promise<AppendedEntry> {
  const { profile, database, lentTo, by, now } = order;
  const facts: [string, string][] = [
    ['Lease', lease?.role ?? 'none: the attack stopped the hand-over'],
    ['Profile', profile],
    ['Database', database],
    ['Handed to', lentTo],
    ['Handed over by', by],
    ['Expires', lease ? lease.expiresAt.toISOString() : '-'],
    ['May', rights.may.join('; ')],
    ['May not', rights.mayNot.join('; ')],
    ...(waysIn?.verified ?? []).map((fact): [string, string] => ['Shown', fact]),
    ...(waysIn?.notVerified ?? []).map((fact): [string, string] => ['Not shown', fact]),
  ];
  return note(place, 'Lease Hand-Over', now, [table(['What', 'Value'], facts), ...attackInWords(attack)]);
}

/** Writes ends of leases to the trail, finished or not. */
export async function noteEnds(
  place: TrailPlace,
  at: Date,
  { ended, stuck }: { ended: readonly EndedLease[]; stuck: readonly StuckLease[] },
): Promise<AppendedEntry | undefined> {
  if (ended.length + stuck.length === 0) return undefined;
  return note(place, 'Lease End', at, [...ended.flatMap(endInWords), ...stuck.flatMap(stuckInWords)]);
}

async function note(place: TrailPlace, title: string, at: Date, parts: readonly string[]): Promise<AppendedEntry> {
  const heading = `${title} (${at.toISOString().replace(/\.\d+Z$/, 'Z')})`;
  const body = place.redactor.redact(parts.join('\n\n'));
  return appendEntry({ directory: place.trail, lockFile: place.lockFile, entry: { heading, body, at } });
}

function attackInWords(attack: AttackReport | null): string[] {
  if (!attack) return ['### Attack\n\nNot made: it was asked not to attack.'];
  const { twin, tried, refused, declared, harmless, findings, durationMs } = attack;
  const counts = `${line(twin)}, a twin, tried ${tried} ways out in ${durationMs} ms: ${refused} refused, ${declared} allowed by the contract, ${harmless.length} harmless, ${findings.length} findings. It has been ended.`;
  const rows = [...findings, ...harmless].map(({ name, tries, verdict, answer }) => [verdict, name, tries, answer]);
  return ['### Attack', counts, table(['Verdict', 'Escape', 'Tries to', 'Answer'], rows)];
}

function endInWords(lease: EndedLease): string[] {
  const { role, profile, lentTo, reason, expiresAt, sessionsEnded, removals, traces, usage } = lease;
  const facts: [string, string][] = [
    ['Profile', profile],
    ['Handed to', lentTo],
    ['Ended because', reason],
    ['Would have expired', expiresAt.toISOString()],
    ['Sessions ended', String(sessionsEnded)],
    ...removals.flatMap(({ database, revoked, objects }) => [
      ...revoked.map((grant): [string, string] => [`Revoked in ${database}`, grant]),
      ...objects.map((object): [string, string] => [`Removed in ${database}`, object]),
    ]),
    ['Left of it in the server', String(traces)],
    ...usageInWords(usage),
  ];
  return [`### ${line(role)}`, table(['What', 'Value'], facts)];
}

function usageInWords({
  statementsFrom,
  connections,
  statements,
  refused,
  neverUsed,
  rowsWritten,
}: LeaseUsage): [string, string][] {
  const seen = (value: string | undefined): string => value ?? statementsFrom;
  const counts = statements && Object.entries(statements).map(([verb, count]) => `${verb} ${count}`);
  const rows = rowsWritten?.map(({ table: name, operation, rows: count }) => `${operation} ${name} ${count}`);
  return [
    ['Connections', seen(connections?.toString())],
    ['Statements', seen(counts ? counts.join(', ') || 'none' : undefined)],
    [
      'Refused',
      seen(
        refused?.map(({ message, times }) => `${message} (${times}×)`).join('; ') || (refused ? 'nothing' : undefined),
      ),
    ],
    ['Rights never used', seen(neverUsed?.join('; ') || (neverUsed ? 'none' : undefined))],
    ['Rows written', rows ? rows.join(', ') || 'none' : 'its database has no change log'],
  ];
}

function stuckInWords({ role, problem }: StuckLease): string[] {
  return [`### ${line(role)}`, `Locked out, but not gone: ${line(problem)}`];
}
