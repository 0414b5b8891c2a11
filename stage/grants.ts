import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../ops/builtin.ts';
import { DrydockError } from '../ops/errors.ts';
import { readSqlFile, runStatement, type Session } from '../ops/postgres/index.ts';

interface UnknownObject {
  readonly role_name: string;
  readonly kind: string;
  readonly schema_name: string;
  readonly object_name: string;
  readonly column_name: string | null;
}

/** Grants what the contract states about the objects that exist, and nobody holds yet. @returns how many grants that took */
export async function grantMissing(session: Session): Promise<number> {
  const { rows } = await query<{ statement: string }>(session, 'missing_grants.sql');
  if (rows.length > 0) await session.script(rows.map(({ statement }) => statement).join(';\n'));
  return rows.length;
}

/**
 * Refuses a contract that names what nobody made: a right on a table that does not exist is a misspelt right.
 * @throws CONTRACT_OBJECT_MISSING that lists all of them
 */
export async function refuseUnknownObjects(session: Session): Promise<void> {
  const { rows } = await query<UnknownObject>(session, 'unknown_objects.sql');
  if (rows.length === 0) return;
  const names = rows.map(
    ({ role_name, kind, schema_name, object_name, column_name }) =>
      `  ${role_name}: ${kind} ${[schema_name, object_name, column_name].filter(Boolean).join('.')}`,
  );
  const list = [...new Set(names)]; // a row for each verb
  throw new DrydockError(
    'CONTRACT_OBJECT_MISSING',
    `The contract names what the migrations do not make:\n${list.join('\n')}`,
    { hint: 'Correct the name in drydock.yaml, or add the migration.' },
  );
}

async function query<R>(session: Session, name: string) {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'contract', name));
  return runStatement<R>(session, file);
}
