import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { readSqlFile, runStatement, type Session } from '../../ops/postgres/index.ts';

/** A database as it was found: what there is, and who may do what with it. */
export interface Found {
  readonly database: string;
  readonly extensions: readonly string[];
  /** Those that are not in the schema extensions. */
  readonly elsewhere: readonly string[];
  /** Roles that stand above grants. */
  readonly mighty: readonly string[];
  readonly logins: readonly string[];
  /** Who has the rights of another role by being a member of it. */
  readonly memberships: readonly { member: string; group: string }[];
  /** Who is granted rights on what another role will make. */
  readonly defaults: readonly { maker: string; role: string }[];
  readonly relations: readonly FoundRelation[];
  readonly rights: readonly FoundRight[];
  /** From one schema into another, as schema.table. */
  readonly crossings: readonly { source: string; target: string }[];
  readonly viewReads: readonly { view: string; schema: string; name: string }[];
}

export interface FoundRelation {
  readonly schema: string;
  readonly schema_owner: string;
  readonly owner_is_superuser: boolean;
  readonly name: string;
  readonly is_view: boolean;
  readonly owner: string;
  readonly columns: readonly string[];
}

export interface FoundRight {
  readonly kind: 'schema' | 'relation' | 'column' | 'function' | 'sequence';
  readonly schema: string;
  readonly object: string;
  readonly column: string | null;
  readonly owner: string;
  readonly isDefiner: boolean;
  readonly role: string;
  readonly verb: string;
  readonly isGrantable: boolean;
}

type RoleFacts = Pick<
  Found,
  'database' | 'extensions' | 'elsewhere' | 'mighty' | 'logins' | 'memberships' | 'defaults'
>;

/** Reads a database, in one read-only snapshot. */
export async function readDatabase(session: Session): Promise<Found> {
  return session.rolledBack(async () => {
    const [facts] = await answers<RoleFacts>(session, 'roles.sql');
    return {
      ...facts!,
      relations: await answers<FoundRelation>(session, 'relations.sql'),
      rights: await answers<FoundRight>(session, 'rights.sql'),
      crossings: await answers<Found['crossings'][number]>(session, 'foreign_keys.sql'),
      viewReads: await answers<Found['viewReads'][number]>(session, 'view_reads.sql'),
    };
  }, 'begin isolation level repeatable read read only');
}

async function answers<R>(session: Session, name: string): Promise<R[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'proposal', name));
  return (await runStatement<R>(session, file)).rows;
}
