import { identifier, isSuperuser, type Session, type SqlSection } from '../../ops/postgres/index.ts';
import type { WorkloadQuery } from './workload.ts';

/** One of the two databases that are compared, and the connections to it. */
export interface Contender {
  readonly name: string;
  connect(): Promise<Session>;
}

/** A session of a contender that acts as one role, as that role's application would. */
export async function actingAs(contender: Contender, role: string, timeoutMs: number): Promise<Session> {
  const session = await contender.connect();
  await session.query(`set statement_timeout = ${Math.ceil(timeoutMs)}`);
  const what = (await isSuperuser(session)) ? 'session authorization' : 'role';
  await session.query(`set ${what} ${identifier(role)}`);
  return session;
}

/** Milliseconds until the answer of a query, whose effect is taken back. */
export async function timeOf(session: Session, query: WorkloadQuery, parameters: unknown[]): Promise<number> {
  return session.rolledBack(async () => {
    const startedAt = performance.now();
    await session.query(query.statement.text, parameters);
    return performance.now() - startedAt;
  });
}

/** The plan of a query, without what differs from run to run. */
export async function planOf(session: Session, query: WorkloadQuery, parameters: unknown[]): Promise<string[]> {
  return session.rolledBack(async () => {
    const { rows } = await session.query<{ 'QUERY PLAN': string }>(
      `explain (costs off) ${query.statement.text}`,
      parameters,
    );
    return rows.map((row) => row['QUERY PLAN']);
  });
}

/** The values of $1, $2 … that a query is called with, in turn; one empty list for a query without any. */
export async function parametersOf(session: Session, parameters: SqlSection | undefined): Promise<unknown[][]> {
  if (!parameters) return [[]];
  const { rows } = await session.query<Record<string, unknown>>(parameters.text);
  return rows.map((row) => Object.values(row));
}
