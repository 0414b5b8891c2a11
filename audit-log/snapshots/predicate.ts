import { DrydockError } from '../../ops/errors.ts';
import { parseScript, type StatementNode } from '../../ops/postgres/index.ts';
import { calledIn, objectionTo } from './allowed.ts';

/** A condition that somebody wrote, read by the parser of Postgres and found to be nothing but a condition. */
export interface Predicate {
  readonly text: string;
  /** Functions it calls, to be looked up. */
  readonly calls: readonly string[];
  /** Tables it reads beside its own, as `[schema, table]`. */
  readonly reads: readonly (readonly [schema: string, table: string])[];
}

export interface Window {
  readonly start: string;
  readonly end: string;
}

const prefix = 'select 1 where ';

/**
 * Reads a condition. `WINDOW_START_SQL` and `WINDOW_END_SQL` in it become the literals of the window.
 * @param place where it stands, for the error
 * @throws SNAPSHOT_REFUSED when it is anything else than one condition of allowed parts
 */
export async function readPredicate(text: string, place: string, window?: Window): Promise<Predicate> {
  const script = `${prefix}${text}`;
  const statements = await parseScript(script);
  if (!statements) throw refusal(place, 'is not a condition that Postgres can parse');
  const [statement, second] = statements;
  if (second) throw refusal(place, 'holds a second statement');
  if (statement?.kind !== 'SelectStmt' || !isOnlyCondition(statement.node)) {
    throw refusal(place, 'is more than a condition');
  }
  const condition = statement.node['whereClause'] as StatementNode;
  const objection = objectionTo(condition);
  if (objection) throw refusal(place, objection);
  const bounds = boundsIn(condition).map(({ location, name }) => ({ at: statement.at(location), name }));
  if (bounds.length > 0 && !window) throw refusal(place, 'speaks of a window, and the plan has none');
  const condensed = statement.text.trimEnd();
  return { text: withBounds(condensed, bounds, window).slice(prefix.length), ...calledIn(condition) };
}

/** A refusal of something in a plan, before anything of it is sent. */
export function refusal(place: string, what: string): DrydockError {
  return new DrydockError('SNAPSHOT_REFUSED', `${place} ${what}.`, {
    hint: 'Write a condition on columns, with operators and functions of Postgres that have no side effects.',
  });
}

/** A statement with a condition and no other clause. */
function isOnlyCondition(node: StatementNode): boolean {
  const given = Object.keys(node).sort().join();
  return given === 'limitOption,op,targetList,whereClause' && node['op'] === 'SETOP_NONE';
}

interface Bound {
  readonly location: number;
  readonly name: string;
}

const boundNames: Record<string, keyof Window> = { window_start_sql: 'start', window_end_sql: 'end' };

function boundsIn(value: unknown): Bound[] {
  if (typeof value !== 'object' || value === null) return [];
  const reference = (value as StatementNode)['ColumnRef'] as StatementNode | undefined;
  const name: unknown = reference?.['fields']?.length === 1 ? reference['fields'][0]?.String?.sval : undefined;
  if (typeof name === 'string' && Object.hasOwn(boundNames, name))
    return [{ location: reference!['location'] as number, name }];
  return Object.values(value).flatMap(boundsIn);
}

function withBounds(text: string, bounds: readonly { at: number; name: string }[], window?: Window): string {
  // from the end, so that the places before it stay what they were
  return bounds
    .toSorted((a, b) => b.at - a.at)
    .reduce((so, { at, name }) => {
      const value = `'${window![boundNames[name]!]}'::timestamptz`;
      return so.slice(0, at) + value + so.slice(at + name.length);
    }, text);
}
