import type { Statement } from '../../../ops/postgres/index.ts';

/** What a refusal most often means here, by SQLSTATE. */
const states: Readonly<Record<string, string>> = {
  '42501':
    'A grant is missing, or a row would break the WITH CHECK of a policy. With the statement this tool says which.',
  '42601': 'The server does not understand the statement, or there are several: one statement a call.',
  '42P01': 'There is no such table, or it is in a schema that the statement does not name.',
  '42883': 'There is no such function with these types of arguments.',
  '25006': 'The transaction is read-only.',
  '0A000': 'Postgres does not do this, or not here: COPY into a table with row-level security, for instance.',
  '23503': 'A foreign key refers to a row that is not there, or that row-level security hides from you.',
  '23505': 'A row with this key is there already; row-level security may hide it from you.',
  '57014': 'The statement was stopped: it ran out of time, or the call was cancelled.',
  '57P01':
    'The session was ended by the operator or the keeper. lease_status says whether the lease is still in force.',
  '28P01': 'The login is refused: the lease is over.',
  '28000': 'The login is refused: the lease is over.',
  '53300': 'The lease has no session left. Wait for answers before asking more.',
};

export function stateInWords(sqlstate: string): string {
  return states[sqlstate] ?? 'Nothing that grants or policies decide: the message of the server says what it is.';
}

const plannable = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];
const structure =
  /^(Create|Alter|Drop|Rename|Comment|Index|View|Define|Rule|SecLabel|Reassign|Import|Refresh|Reindex|Cluster)/;

/** Whether the server can be asked by EXPLAIN, which decides about rights and does nothing. */
export function isPlannable({ kind }: Statement): boolean {
  return plannable.includes(kind);
}

/** What is no question of a grant on a table, but of what a lease is. */
export function kindInWords({ kind, node }: Statement): string | null {
  if (kind === 'TransactionStmt')
    return 'Every call is a transaction of its own: none is begun or ended by a statement.';
  if (kind === 'VariableSetStmt') return settingInWords(String(node['name'] ?? ''));
  if (/^(Grant|AlterDefaultPrivileges)/.test(kind)) {
    return 'A lease grants nothing: rights are written in the contract, by the operator.';
  }
  if (kind === 'CopyStmt' && (node['is_program'] || node['filename'])) {
    return 'Programs and files of the server are for pg_execute_server_program, pg_read_server_files and pg_write_server_files: no lease has them, and no contract can state them.';
  }
  if (/Role|Owned/.test(kind)) return 'A lease makes, changes and drops no role, its own included.';
  if (structure.test(kind)) {
    return 'Structure is the operator’s: write a migration, which is applied as the owner of the domain.';
  }
  return null;
}

function settingInWords(name: string): string {
  if (name === 'role' || name === 'session_authorization') {
    return 'A lease acts as no other role: it is a member of its profile without SET ROLE, and of nothing else.';
  }
  return 'Settings last until the end of the call that sets them.';
}
