import { counted } from '../../ops/counted.ts';
import { codeOf, messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import type { LeaseInForce } from './lease.ts';
import { leaseQuery } from './queries.ts';
import { statementsOf, type LoggedSession } from './server-log.ts';

/** What a lease was used for. What could not be seen is null, never zero. */
export interface LeaseUsage {
  /** Where statements were seen: the server's log, or why they were not. */
  readonly statementsFrom: string;
  /** Sessions that sent anything. */
  readonly connections: number | null;
  /** Statements sent, by their first word. */
  readonly statements: Readonly<Record<string, number>> | null;
  /** What the server refused for want of a right, and how often; the most frequent first. */
  readonly refused: readonly Refusal[] | null;
  /** Rights of its profile on tables and views that no statement needed, per schema and verb. */
  readonly neverUsed: readonly string[] | null;
  /** Rows written per table and verb, by the change log; null where its database has none. */
  readonly rowsWritten: readonly RowsWritten[] | null;
}

interface Refusal {
  readonly message: string;
  readonly times: number;
}

interface RowsWritten {
  readonly table: string;
  readonly operation: string;
  readonly rows: number;
}

/**
 * Reports what a lease was used for. Never in the way of its end: what cannot be read is reported as such.
 * @param logFile the server's log as JSON lines
 */
export async function usageOf(session: Session, lease: LeaseInForce, logFile: string | undefined): Promise<LeaseUsage> {
  return { ...(await seenInLog(session, lease, logFile)), rowsWritten: await rowsWritten(session, lease) };
}

type Seen = Omit<LeaseUsage, 'rowsWritten'>;

async function seenInLog(session: Session, lease: LeaseInForce, logFile: string | undefined): Promise<Seen> {
  if (logFile === undefined) return unseen('not observable on this server');
  let log: LoggedSession;
  try {
    log = await statementsOf(session, logFile, lease.role);
  } catch (error) {
    return unseen(`the server's log could not be read: ${codeOf(error) ?? messageOf(error)}`);
  }
  if (log.statements === null) return unseen('the server does not log what this lease does');
  return {
    statementsFrom: whatWasRead(log),
    connections: log.connections,
    statements: log.statements,
    refused: mostFrequent(log.refused),
    neverUsed: log.tooLong > 0 ? null : await neverUsed(session, lease, log.relations),
  };
}

function whatWasRead({ readUntil, tooLong }: LoggedSession): string {
  const until = readUntil === null ? '' : ` until ${readUntil}, too long to be read further`;
  const without = tooLong === 0 ? '' : `, without ${counted(tooLong, 'statement')} too long to be read`;
  return `the server's log${until}${without}`;
}

function unseen(why: string): Seen {
  return { statementsFrom: why, connections: null, statements: null, refused: null, neverUsed: null };
}

/** A lease that probes its boundary is refused thousands of things; the first of them show the pattern. */
const refusalsKept = 50;

function mostFrequent(messages: readonly string[]): Refusal[] {
  const groups = [...Map.groupBy(messages, (message) => message)];
  const refusals = groups.map(([message, group]) => ({ message, times: group.length }));
  return refusals.sort((a, b) => b.times - a.times).slice(0, refusalsKept);
}

/** `UPDATE on eng: 2 of 3`: verbs of the profile on tables that no statement named so. */
async function neverUsed(session: Session, { profile }: LeaseInForce, used: ReadonlySet<string>): Promise<string[]> {
  const rights = await leaseQuery<{ schema: string; relation: string; verb: string }>(session, 'rights_on_relations', [
    profile,
  ]);
  const groups = Map.groupBy(rights, ({ schema, verb }) => `${verb} on ${schema}`);
  return [...groups].flatMap(([right, group]) => {
    const idle = group.filter(
      ({ schema, relation, verb }) => !used.has(`${verb} ${schema}.${relation}`) && !used.has(`${verb} ${relation}`),
    );
    return idle.length > 0 ? [`${right}: ${idle.length} of ${group.length}`] : [];
  });
}

const undefinedTable = '42P01';

async function rowsWritten(session: Session, lease: LeaseInForce): Promise<RowsWritten[] | null> {
  try {
    await using inside = await session.beside('drydock reaper', lease.database);
    return await leaseQuery<RowsWritten>(inside, 'rows_written', [lease.role, lease.mintedAt.toISOString()]);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (codeOf(error) === 'CONNECT_REFUSED' || codeOf(cause) === undefinedTable) return null;
    throw error;
  }
}
