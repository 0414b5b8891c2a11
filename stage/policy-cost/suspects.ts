import { identifier, parseScript, qualified, type Session, type Statement } from '../../ops/postgres/index.ts';
import { nodesNamed } from '../lint/walk.ts';
import { ask } from '../performance/catalog.ts';
import { callText, outsideQueries, type Call } from './expression.ts';

/** A policy that chooses rows. */
export interface Policy {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  /** The first of the roles that it is for. */
  readonly role: string;
  readonly expression: string;
  /** Columns that an index begins with. */
  readonly indexed: readonly string[];
}

/** What may make a policy dear, with the policy as it would be cheap. */
export interface Suspect {
  readonly policy: Policy;
  /** `calls shop.me() for every row` */
  readonly what: string;
  /** What to write instead. */
  readonly remedy: string;
  /** The condition as it would be written, and what would be made for it first. */
  readonly mended: { readonly expression: string; readonly first: string };
}

/** Reads the policies of the domains' tables. Call it in a transaction: names come out with their schemas. */
export async function readPolicies(session: Session): Promise<Policy[]> {
  await session.query(`set local search_path = ''`);
  return ask<Policy>(session, 'policies');
}

/** Every policy that calls a function per row, or compares a column that no index begins with. */
export async function suspectsAmong(session: Session, policies: readonly Policy[]): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  for (const policy of policies) {
    const [statement] = (await parseScript(`select ${policy.expression}`)) ?? [];
    if (!statement) continue;
    suspects.push(...(await callsPerRow(session, policy, statement)), ...columnsWithoutIndex(policy, statement));
  }
  return suspects;
}

const before = 'select '.length;

async function callsPerRow(session: Session, policy: Policy, statement: Statement): Promise<Suspect[]> {
  const calls = callsWithoutRow(policy, statement);
  const named = calls.map(({ schema, name }) => ({ schema, name }));
  const changing =
    named.length === 0 ? [] : await ask<(typeof named)[number]>(session, 'not_constant', JSON.stringify(named));
  const dear = calls.filter((call) =>
    changing.some(({ schema, name }) => schema === call.schema && name === call.name),
  );
  if (dear.length === 0) return [];
  const texts = [...new Set(dear.map(({ text }) => text))];
  return [
    {
      policy,
      what: `calls ${texts.join(' and ')} for every row`,
      remedy: `Write ${texts.map((text) => `(select ${text})`).join(' and ')}: it is then called once per query. Mark the function stable.`,
      mended: { expression: wrapped(policy.expression, dear), first: '' },
    },
  ];
}

/** Calls that say the same whatever row is looked at, the outermost of those that stand in each other. */
function callsWithoutRow(policy: Policy, { node, at }: Statement): Call[] {
  const calls: Call[] = [];
  for (const { FuncCall: call } of outsideQueries(
    node,
    ({ FuncCall }) => FuncCall !== undefined && !asksTheRow(FuncCall),
  )) {
    if (!call || asksTheRow(call)) continue;
    const names = call.funcname.map(({ String: { sval } }: { String: { sval: string } }) => sval) as string[];
    const start = at(call.location) - before;
    calls.push({ schema: names.at(-2) ?? null, name: names.at(-1)!, start, text: callText(policy.expression, start) });
  }
  return calls;
}

function asksTheRow(tree: unknown): boolean {
  return nodesNamed(tree, 'ColumnRef').length > 0;
}

/** The expression with each call as a query of its own, the last first, so that places stay what they are. */
function wrapped(expression: string, calls: readonly Call[]): string {
  return [...calls]
    .sort((a, b) => b.start - a.start)
    .reduce(
      (text, call) => `${text.slice(0, call.start)}(select ${call.text})${text.slice(call.start + call.text.length)}`,
      expression,
    );
}

function columnsWithoutIndex(policy: Policy, { node }: Statement): Suspect[] {
  const [target] = node['targetList'];
  const columns = conjunctsOf(target.ResTarget.val).flatMap((part) => comparedColumn(part, policy) ?? []);
  return [...new Set(columns)]
    .filter((column) => !policy.indexed.includes(column))
    .map((column) => {
      const index = `create index on ${qualified(policy.schema, policy.table)} (${identifier(column)})`;
      return {
        policy,
        what: `compares ${column}, which no index begins with`,
        remedy: `${index};`,
        mended: { expression: policy.expression, first: index },
      };
    });
}

type Tree = Record<string, any>;

/** What must all be true: the parts of "a and b and c". */
function conjunctsOf(tree: Tree): Tree[] {
  const { BoolExpr: all } = tree;
  return all?.boolop === 'AND_EXPR' ? all.args.flatMap(conjunctsOf) : [tree];
}

/**
 * The column of `column = who asks`, by a function, the login, or a query. "in (select …)" is not looked up by an index,
 * and a constant that many rows share is better served by a partial one.
 */
function comparedColumn({ A_Expr: comparison }: Tree, policy: Policy): string | undefined {
  if (comparison?.name?.[0]?.String?.sval !== '=') return undefined;
  const { lexpr, rexpr } = comparison;
  for (const [side, other] of [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ] as const) {
    const column = columnOf(side);
    if (column !== undefined && asksWho(other) && !dependsOnRow(other, policy)) return column;
  }
  return undefined;
}

const asking = ['FuncCall', 'SQLValueFunction', 'SubLink'];

function asksWho(tree: Tree): boolean {
  return asking.some((kind) => nodesNamed(tree, kind).length > 0);
}

/** A column as it stands, or as the text that the server takes it for. */
function columnOf(tree: Tree): string | undefined {
  const { ColumnRef: column, TypeCast: cast } = tree;
  if (cast?.typeName?.names?.at(-1)?.String?.sval === 'text') return columnOf(cast.arg);
  return column?.fields?.at(-1)?.String?.sval;
}

/** A query inside may name columns of its own; one that names the table's is asked again for every row. */
function dependsOnRow(tree: Tree, { table }: Policy): boolean {
  const direct = [...outsideQueries(tree)].some(({ ColumnRef }) => ColumnRef !== undefined);
  const correlated = nodesNamed(tree, 'ColumnRef').some(
    ({ fields }) => fields.length > 1 && fields.at(-2)?.String?.sval === table,
  );
  return direct || correlated;
}
