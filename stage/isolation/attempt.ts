import { identifier, qualified } from '../../ops/postgres/index.ts';
import type { Cell, ProbeObject } from './matrix.ts';

/**
 * The statement that tries a right, or undefined where only the catalog can answer. The server checks the right, and then
 * finds that there is nothing to do: no row, no name like that, or a plan to explain. So no trigger fires, no storage is
 * made, and the ten thousandth attempt in a transaction costs what the first one did.
 * A right on a table is tried on all of its columns; a right on one column on that column.
 */
export function attemptOf(cell: Cell, object: ProbeObject | undefined): string | undefined {
  if (cell.kind === 'database') return databaseAttempts[cell.verb];
  if (cell.kind === 'column')
    return columnAttempts[cell.verb]?.(qualified(cell.schema!, cell.object), identifier(cell.column!));
  return object && attempts[object.kind]?.[cell.verb]?.(object);
}

type Attempt = (object: ProbeObject) => string | undefined;

/** A name of nothing: that it is missing is said after the right was checked. */
const nothing = 'pg_catalog.drydock_probe_nothing';

const table: Record<string, Attempt> = {
  SELECT: (object) => `select probed from ${nameOf(object)} as probed where false`,
  INSERT: (object) =>
    object.columns.length > 0
      ? `explain insert into ${nameOf(object)} (${listOf(object.columns)}) overriding system value select ${nullsOf(object)} where false`
      : undefined,
  UPDATE: (object) =>
    object.columns.length > 0
      ? `explain update ${nameOf(object)} set ${object.columns.map((column) => `${identifier(column)} = default`).join(', ')} where false`
      : undefined,
  DELETE: (object) => `explain delete from ${nameOf(object)} where false`,
  TRUNCATE: (object) => `truncate ${nameOf(object)}, ${nothing}`,
  TRIGGER: (object) =>
    `create trigger drydock_probe before insert on ${nameOf(object)} for each row execute function ${nothing}()`,
};

const attempts: Record<ProbeObject['kind'], Record<string, Attempt>> = {
  table,
  view: { SELECT: table['SELECT']! },
  sequence: {
    // currval does not advance it; "not yet defined in this session" comes after the privilege was checked
    USAGE: (object) => `select pg_catalog.currval('${nameOf(object).replaceAll("'", "''")}')`,
  },
  function: { EXECUTE: (object) => (object.has_rows ? callOf(object) : undefined) },
  schema: {
    // without USAGE the answer is "permission denied", with it "does not exist"
    USAGE: ({ schema }) => `select from ${qualified(schema, 'drydock_probe_nothing')}`,
    CREATE: ({ schema }) => `create table ${qualified(schema, 'drydock_probe')} (c ${nothing})`,
  },
};

const columnAttempts: Record<string, (table: string, column: string) => string> = {
  SELECT: (name, column) => `select ${column} from ${name} where false`,
  INSERT: (name, column) => `explain insert into ${name} (${column}) select (null::${name}).${column} where false`,
  UPDATE: (name, column) => `explain update ${name} set ${column} = default where false`,
};

/** CONNECT cannot be tried from inside; TEMP and CREATE concern the database one is in, which `probe` sees to. */
const databaseAttempts: Record<string, string> = {
  TEMP: `create temporary table drydock_probe (c ${nothing})`,
  CREATE: 'create schema pg_drydock_probe', // names like that are the server's
};

/** Calls a function over no row at all; OFFSET 0 keeps the planner from computing it beforehand. */
function callOf({ schema, columns: [name = ''], types }: ProbeObject): string {
  const nulls = types.map((type, index) => `null::${type} as a${index}`);
  const passed = types.map((_type, index) => `a${index}`).join(', ');
  return `select ${qualified(schema, name)}(${passed}) from (select ${nulls.join(', ')} offset 0) as no_row where false`;
}

function nameOf({ schema, object }: ProbeObject): string {
  return qualified(schema, object);
}

function listOf(columns: readonly string[]): string {
  return columns.map(identifier).join(', ');
}

function nullsOf({ types }: ProbeObject): string {
  return types.map((type) => `null::${type}`).join(', ');
}
