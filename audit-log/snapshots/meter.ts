import { DrydockError } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';
import { parseScript, type CopiedOut, type Session, type TakePiece } from '../../ops/postgres/index.ts';
import { refusedByServer } from './refused-by-server.ts';

/** What a snapshot may take. */
export interface Budget {
  readonly rows: number;
  readonly bytes: number;
  /** The planner's cost of one statement, in its own units. */
  readonly cost: number;
  readonly statementMs: number;
  readonly totalMs: number;
}

/** A statement as the manifest states it. Where keys were handed over in pieces, one for all pieces. */
export interface StatementReceipt {
  readonly what: string;
  readonly sql: string;
  readonly sql_sha256: string;
  messages: number;
  rows: number;
  bytes: number;
  ms: number;
  /** The highest that the planner expected of one of the messages. */
  cost: number;
}

/** A statement to be sent: its text may hold keys, `shown` says what stands in their place in the manifest. */
export interface Order {
  readonly what: string;
  readonly select: string;
  readonly shown?: string;
}

/**
 * Sends what reads data: each statement is parsed, planned and weighed before it runs, and counted when it did.
 * One meter may serve several sessions: they share the budget.
 */
export class Meter {
  readonly budget: Budget;
  readonly #receipts = new Map<string, StatementReceipt>();
  readonly #deadline: number;
  #rows = 0;
  #bytes = 0;

  constructor(budget: Budget) {
    this.budget = budget;
    this.#deadline = performance.now() + budget.totalMs;
  }

  get receipts(): readonly StatementReceipt[] {
    return [...this.#receipts.values()];
  }

  /** The error for a budget that is spent. */
  outOf(what: 'rows' | 'bytes'): DrydockError {
    const most = this.budget[what].toLocaleString('en-US');
    return new DrydockError('SNAPSHOT_BUDGET', `More than ${most} ${what} would be read.`, {
      hint: `Ask for less, or raise limits.${what} in the plan.`,
    });
  }

  /** What the planner expects. @throws SNAPSHOT_COST above the budget, SNAPSHOT_QUERY when the server refuses */
  async estimate(
    session: Session,
    { what, select }: Order,
    values?: unknown[],
  ): Promise<{ cost: number; rows: number }> {
    await requireOneSelect(what, select);
    await this.#limitTime(session, what);
    const answer = await asked(what, () =>
      session.row<Record<string, [{ Plan: PlanNode }]>>(`explain (format json) ${select}`, values),
    );
    const [{ Plan: plan }] = Object.values(answer)[0]!;
    const cost = costOf(plan);
    const rows = plan['Plan Rows'];
    if (cost > this.budget.cost) {
      throw new DrydockError(
        'SNAPSHOT_COST',
        `${what} would cost ${Math.round(cost).toLocaleString('en-US')}, and the budget is ${this.budget.cost.toLocaleString('en-US')}.`,
        { hint: 'Narrow the condition to indexed columns, or raise limits.cost in the plan after looking at EXPLAIN.' },
      );
    }
    return { cost, rows };
  }

  /** Reads rows whose columns are all texts. */
  async rows(session: Session, order: Order, values: unknown[]): Promise<(string | null)[][]> {
    const { cost } = await this.estimate(session, order, values);
    const startedAt = performance.now();
    const { rows, fields } = await asked(order.what, () =>
      session.query<Record<string, string | null>>(order.select, values),
    );
    const read = rows.map((row) => fields.map((field) => row[field] ?? null));
    this.#enter(order, { cost, rows: rows.length, bytes: bytesOf(read), ms: performance.now() - startedAt });
    return read;
  }

  /** As `rows`, and takes what was read from the budget. @throws SNAPSHOT_BUDGET when it is spent */
  async fetch(session: Session, order: Order, values: unknown[]): Promise<(string | null)[][]> {
    const read = await this.rows(session, order, values);
    this.requireRoom(read.length);
    this.#rows += read.length;
    this.#bytes += bytesOf(read);
    if (this.#bytes > this.budget.bytes) throw this.outOf('bytes');
    return read;
  }

  /** @throws SNAPSHOT_BUDGET when so many rows more would be too many */
  requireRoom(rows: number): void {
    if (this.#rows + rows > this.budget.rows) throw this.outOf('rows');
  }

  /** Exports rows as CSV. @returns how many, and how long the longest is */
  async copy(session: Session, order: Order, header: boolean, take: TakePiece): Promise<CopiedOut> {
    const { cost } = await this.estimate(session, order);
    const startedAt = performance.now();
    let bytes = 0;
    const counted: TakePiece = (piece) => {
      bytes += piece.length;
      this.#bytes += piece.length;
      if (this.#bytes > this.budget.bytes) throw this.outOf('bytes');
      return take(piece);
    };
    const copied = await asked(order.what, () =>
      session.copyOut(`copy (${order.select}) to stdout (format csv, header ${header})`, counted),
    );
    const { rows } = copied;
    this.#enter(order, { cost, rows, bytes, ms: performance.now() - startedAt });
    this.requireRoom(rows);
    this.#rows += rows;
    return copied;
  }

  #enter(
    { what, select, shown = select }: Order,
    spent: { cost: number; rows: number; bytes: number; ms: number },
  ): void {
    const id = `${what}\n${shown}`;
    const empty = { what, sql: shown, sql_sha256: sha256(shown), messages: 0, rows: 0, bytes: 0, ms: 0, cost: 0 };
    const receipt = this.#receipts.get(id) ?? empty;
    receipt.messages += 1;
    receipt.rows += spent.rows;
    receipt.bytes += spent.bytes;
    receipt.ms = Math.round((receipt.ms + spent.ms) * 10) / 10;
    receipt.cost = Math.max(receipt.cost, spent.cost);
    this.#receipts.set(id, receipt);
  }

  /** A long snapshot keeps a server from cleaning up: the whole has a limit as well as each statement. */
  async #limitTime(session: Session, what: string): Promise<void> {
    const left = Math.round(this.#deadline - performance.now());
    if (left <= 0) {
      throw new DrydockError('SNAPSHOT_BUDGET', `The time for the whole snapshot was spent before ${what}.`, {
        hint: 'Ask for less, or raise limits.total in the plan.',
      });
    }
    const limit = String(Math.min(left, this.budget.statementMs));
    await session.query("select pg_catalog.set_config('statement_timeout', $1, true)", [limit]);
  }
}

async function asked<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusedByServer(what, error);
  }
}

function bytesOf(rows: readonly (readonly (string | null)[])[]): number {
  return rows.flat().reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
}

/** A node of EXPLAIN's JSON. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Total Cost': number;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * The highest cost in a plan: of the whole, or of a join in it. A LIMIT or EXISTS above a join lets the planner hope
 * that its first rows will do; a join that finds none is paid in full.
 */
function costOf(plan: PlanNode): number {
  const joins = (node: PlanNode): number[] => [
    ...(/Join|Nested Loop/.test(node['Node Type']) ? [node['Total Cost']] : []),
    ...(node.Plans ?? []).flatMap(joins),
  ];
  return Math.max(plan['Total Cost'], ...joins(plan));
}

/** The last look before anything is sent: one statement, and a select. */
async function requireOneSelect(what: string, text: string): Promise<void> {
  const statements = await parseScript(text);
  if (statements?.length === 1 && statements[0]!.kind === 'SelectStmt') return;
  throw new DrydockError('SNAPSHOT_REFUSED', `${what} is not one SELECT.`, {
    hint: 'Nothing was sent. Check the conditions of the plan.',
  });
}
