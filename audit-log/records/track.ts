import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';

export interface TrackOrder {
  /** As SQL writes it: `public.account`, `app."Account"`. */
  readonly table: string;
  /** Column with the workspace; without it the rows belong to none. */
  readonly workspace?: string | undefined;
  /** Column with the person that the personal columns are about; without it the row is the person. */
  readonly subject?: string | undefined;
  /** Columns that hold personal data. */
  readonly personal: readonly string[];
  /** Columns that are left out. */
  readonly ignored: readonly string[];
}

/**
 * Records every change of a table from now on.
 * @param session of the table's owner, who is a member of record_keeper
 * @returns the name of the trigger function
 * @throws RECORDS_UNTRACKABLE
 */
export async function trackTable(session: Session, order: TrackOrder): Promise<string> {
  const { table, workspace, subject, personal, ignored } = order;
  return asked(async () => {
    const { made } = await session.row<{ made: string }>('select audit.track($1::regclass, $2, $3, $4, $5) as made', [
      ...[table, workspace, subject, personal, ignored],
    ]);
    return made;
  });
}

/** The application's own tables. */
export interface WorkspaceTables {
  readonly workspaces: string;
  readonly users: string;
  readonly members: string;
  readonly serviceAccounts?: string | undefined;
}

/** Records workspaces and members, and refuses actors that have no business in a workspace. @throws RECORDS_UNTRACKABLE */
export async function connectWorkspaces(session: Session, tables: WorkspaceTables): Promise<void> {
  const { workspaces, users, serviceAccounts, members } = tables;
  await asked(() =>
    session.transaction(() =>
      session.query('select audit.connect_workspaces($1::regclass, $2::regclass, $3::regclass, $4::regclass)', [
        ...[workspaces, users, serviceAccounts, members],
      ]),
    ),
  );
}

async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // class 42 is names and rights; DD003 is ours
    const code = codeOf(error) ?? '';
    if (code !== 'DD003' && !code.startsWith('42') && code !== '3F000') throw error;
    const { hint } = error as { hint?: string };
    throw new DrydockError('RECORDS_UNTRACKABLE', `The table cannot be recorded: ${messageOf(error)}.`, {
      hint: hint ?? (misnamed.has(code) ? asSqlDoes : 'Log in as its owner, as a member of record_keeper.'),
      cause: error,
    });
  }
}

/** No such table, no such schema, no name at all. */
const misnamed = new Set(['42P01', '3F000', '42602', '42601']);
const asSqlDoes = `Write its name as SQL does, quoted where it is not lower case: '"Mixed Case"."Table"'.`;
