import { identifier, qualified, type Session } from '../../ops/postgres/index.ts';
import type { ProbeObject } from './matrix.ts';
import { success, tryAs, type Attempt } from './probe.ts';

/** How many rows of a relation a role sees; null where it may not look. */
export interface RowProbe {
  readonly role: string;
  readonly relation: string;
  readonly visible: number | null;
  readonly total: number;
  /** Who sees the total. */
  readonly reader: string;
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
  const counts = new Map<string, ReadonlyMap<ProbeObject, number>>();
  for (const role of roles) counts.set(role, await countAs(session, role, relations));
  const totals = await countAll(session, relations, counts);
  return roles.flatMap((role) =>
    relations.map((object) => ({
      role,
      relation: `${object.schema}.${object.object}`,
      visible: counts.get(role)!.get(object) ?? null,
      ...totals.get(object)!,
    })),
  );
}

/**
 * What there is of each: of a table what the administrator counts. A view computes what a migration says, which is no
 * administrator's to run, and may show each role something else: what there is is what its owner, or a role, sees most of.
 */
async function countAll(
  session: Session,
  relations: readonly ProbeObject[],
  counts: ReadonlyMap<string, ReadonlyMap<ProbeObject, number>>,
): Promise<Map<ProbeObject, Pick<RowProbe, 'reader' | 'total'>>> {
  const { current_user: admin } = await session.row<{ current_user: string }>('select current_user');
  const totals = new Map(relations.map((object) => [object, { reader: readerOf(object, admin), total: 0 }]));
  const keep = (reader: string, seen: ReadonlyMap<ProbeObject, number>) => {
    for (const [object, total] of seen) if (total > totals.get(object)!.total) totals.set(object, { reader, total });
  };
  for (const [reader, its] of Map.groupBy(relations, (object) => readerOf(object, admin))) {
    keep(reader, await countAs(session, reader, its));
  }
  const views = relations.filter(({ kind }) => kind === 'view');
  for (const [role, seen] of counts) keep(role, new Map([...seen].filter(([object]) => views.includes(object))));
  return totals;
}

function readerOf({ kind, owner }: ProbeObject, admin: string): string {
  return kind === 'view' ? owner : admin;
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

async function countAs(
  session: Session,
  role: string,
  relations: readonly ProbeObject[],
): Promise<Map<ProbeObject, number>> {
  const attempts = relations.map(({ schema, object }, n): Attempt => ({
    n,
    statement: countOf(schema, object),
    counts: true,
  }));
  const answers = await tryAs(session, role, attempts);
  return new Map(
    answers.flatMap(({ n, state, message }) => (state === success ? [[relations[n]!, Number(message)]] : [])),
  );
}

function countOf(schema: string, object: string): string {
  return `select count(*) from (select from ${qualified(schema, object)} limit ${countLimit}) as seen`;
}
