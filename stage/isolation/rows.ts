import { identifier, qualified, type Session } from '../../ops/postgres/index.ts';
import type { ProbeObject } from './matrix.ts';
import { success, tryAs, type Attempt } from './probe.ts';

/** How many rows of a relation a role sees; null where it may not look. */
export interface RowProbe {
  readonly role: string;
  readonly relation: string;
  readonly visible: number | null;
  readonly total: number;
}

/** Counting stops here: that a role sees rows matters, not how many thousands. */
const countLimit = 1000;

/** Counts what each role sees of each relation, and what there is. Call it in a transaction that is rolled back. */
export async function probeRows(
  session: Session,
  roles: readonly string[],
  objects: readonly ProbeObject[],
): Promise<RowProbe[]> {
  const relations = objects.filter(({ kind }) => kind === 'table' || kind === 'view');
  const attempts = relations.map(({ schema, object }, n): Attempt => ({
    n,
    statement: countOf(schema, object),
    counts: true,
  }));
  const { current_user: admin } = await session.row<{ current_user: string }>('select current_user');
  const totals = await visibleTo(session, admin, attempts);
  const probes: RowProbe[] = [];
  for (const role of roles) {
    const visible = await visibleTo(session, role, attempts);
    relations.forEach(({ schema, object }, n) => {
      probes.push({ role, relation: `${schema}.${object}`, visible: visible[n] ?? null, total: totals[n] ?? 0 });
    });
  }
  return probes;
}

/**
 * Default deny, shown by rows: a role without any policy is granted every verb on every table, and must see nothing.
 * Call it in a transaction that is rolled back.
 */
export async function probeStranger(
  session: Session,
  stranger: string,
  objects: readonly ProbeObject[],
): Promise<RowProbe[]> {
  const tables = objects.filter(({ kind }) => kind === 'table');
  const schemas = [...new Set(tables.map(({ schema }) => schema))];
  const grants = [
    ...schemas.map((schema) => `grant usage on schema ${identifier(schema)} to ${identifier(stranger)}`),
    ...tables.map(({ schema, object }) => `grant all on ${qualified(schema, object)} to ${identifier(stranger)}`),
  ];
  if (grants.length > 0) await session.script(grants.join(';\n'));
  return probeRows(session, [stranger], tables);
}

async function visibleTo(session: Session, role: string, attempts: Attempt[]): Promise<(number | null)[]> {
  const answers = await tryAs(session, role, attempts);
  return answers.map(({ state, message }) => (state === success ? Number(message) : null));
}

function countOf(schema: string, object: string): string {
  return `select count(*) from (select from ${qualified(schema, object)} limit ${countLimit}) as seen`;
}
