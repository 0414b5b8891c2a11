import {
  faultAt,
  parseScript,
  sqlErrorOf,
  unchanged,
  type Session,
  type SqlFile,
  type Statement,
} from '../../ops/postgres/index.ts';
import { confine } from './confinement.ts';
import { failedOf, markOf, unframed } from './framed.ts';

/** A statement that ran: its kind in the parser's words, and how many rows it touched or returned. */
export interface Ran {
  readonly kind: string;
  readonly rows: number;
}

/** As much of a statement as it takes to run it. */
export type Part = Pick<Statement, 'kind' | 'node' | 'text' | 'start'>;

/**
 * Runs statements of a file inside the open transaction, as an owner and as nobody else: inside a SECURITY DEFINER function
 * the server refuses to change the role, wherever a statement hides it. The owner's role stays set.
 * @param as the owner of a schema
 * @param parts the statements; by default all of the file
 * @throws SqlError with file, line and column
 */
export async function runConfined(
  session: Session,
  file: SqlFile,
  as: string,
  parts?: readonly Part[],
): Promise<Ran[]> {
  const statements = parts ?? (await statementsOf(file));
  refuseRowsOfAClient(file, statements);
  const counts = await callConfined(session, file, as, statements);
  return statements.map(({ kind }, index) => ({ kind, rows: Number(counts[index]) }));
}

/** The statements of a file. What the parser cannot read is one: the server says what is wrong with it. */
export async function statementsOf({ text }: SqlFile): Promise<readonly Part[]> {
  return (await parseScript(text)) ?? [{ kind: '', node: {}, text, start: 0 }];
}

async function callConfined(
  session: Session,
  file: SqlFile,
  as: string,
  statements: readonly Part[],
): Promise<readonly string[]> {
  const call = await confine(session, as, 'run');
  const texts = statements.map(({ text }, index) => markOf(index) + text);
  try {
    return (await session.row<{ counts: string[] }>(`select ${call}($1) as counts`, [texts])).counts;
  } catch (error) {
    const failed = statements[failedOf(error)] ?? { text: '', start: 0 };
    throw await sqlErrorOf(unframed(error), file, unchanged(failed));
  }
}

function refuseRowsOfAClient(file: SqlFile, statements: readonly Part[]): void {
  const copy = statements.find(({ kind, node }) => kind === 'CopyStmt' && !node['filename']);
  if (!copy) return;
  throw faultAt(file, copy.start, 'a migration has no client to copy rows from or to', {
    hint: 'Write the rows as an insert, or as the CSV file of a backfill.',
  });
}
