import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../ops/builtin.ts';
import { splitColumn, splitRelation } from '../ops/contract/index.ts';
import { DrydockError } from '../ops/errors.ts';
import {
  literal,
  oneStatement,
  qualified,
  readSqlFile,
  readSqlFolder,
  requireHeader,
  sqlErrorOf,
  unchanged,
  type Session,
  type SqlFile,
  type SqlSection,
} from '../ops/postgres/index.ts';
import type { Project } from '../ops/config/index.ts';
import { queryAs, type Actor } from './confined/index.ts';
import type { Holder } from './step.ts';

/** A rule that proposes a link for rows of one table; `link` is the column it fills. */
export interface LinkRule {
  readonly file: SqlFile;
  readonly title: string;
  readonly schema: string;
  readonly table: string;
  readonly link: string;
  /** The file's one statement. */
  readonly statement: SqlSection;
}

/** What one rule did. */
export interface LinkCount {
  readonly rule: string;
  readonly title: string;
  /** `schema.table.column` */
  readonly link: string;
  /** Rows the rule returned. */
  readonly examined: number;
  /** Rows with a proposal. */
  readonly proposed: number;
  /** Rows with several proposals that disagree; none of them is taken. */
  readonly ambiguous: number;
  /** Null links that were filled. */
  readonly linked: number;
}

/** The link rules of a folder, in order of name. Files without a `links:` header are not rules. */
export async function loadLinkRules(project: Project, folder: string): Promise<LinkRule[]> {
  const files = await readSqlFolder(project.root, join(project.root, folder));
  return Promise.all(files.filter(({ header }) => header['links']).map((file) => ruleOf(file, project)));
}

async function ruleOf(file: SqlFile, { config }: Project): Promise<LinkRule> {
  const path = requireHeader(file, 'links');
  const declared = Object.values(config.contract.linkers).flatMap(({ updates }) => updates);
  if (!declared.includes(path)) {
    throw new DrydockError(
      'LINK_UNDECLARED',
      `${file.path} fills ${path}, which no linker of the contract may update.`,
      {
        hint: 'List the column under contract.linkers.NAME.updates in drydock.yaml.',
      },
    );
  }
  const { schema, table, column } = splitColumn(path);
  const title = requireHeader(file, 'title');
  return { file, title, schema, table, link: column, statement: await oneStatement(file) };
}

/** Makes the project's rules, of hydration and ingest, the ones that the linkers' functions find, and no others. */
export async function storeLinkRules(session: Session, project: Project): Promise<void> {
  const { hydrate, ingest } = project.config;
  const sources = [hydrate, ingest].filter((source) => source !== undefined);
  const rows = await Promise.all(sources.map((source) => linkRuleRows(project, source)));
  const store = await readSqlFile(builtinRoot, join(builtinSql, 'contract/link_rules.sql'));
  await session.query(store.text, [JSON.stringify(rows.flat())]);
}

async function linkRuleRows(project: Project, { folder, linker }: { folder: string; linker: string }) {
  return (await loadLinkRules(project, folder)).map(({ file, schema, table, link, statement }) => ({
    rule: file.path,
    linker,
    target: qualified(schema, table),
    link,
    statement: statement.text,
    sha256: file.sha256,
  }));
}

/**
 * Makes sure that the linker's function finds the rules: the administrator stores them, a lease finds them stored.
 * @throws LINK_TABLE_MISSING when the table of a rule is not there
 * @throws LINK_RULE_UNKNOWN when a lease has a rule that the operator has not stored, or another version of it
 */
export async function provideLinkRules(
  session: Session,
  holder: Holder | undefined,
  project: Project,
  rules: readonly LinkRule[],
): Promise<void> {
  if (!holder) await storeLinkRules(session, project);
  const known = await knownFiles(session);
  const unknown = rules.find(({ file }) => known.get(file.path) !== file.sha256);
  if (!unknown) return;
  if (!holder) {
    const { file, schema, table } = unknown;
    throw new DrydockError('LINK_TABLE_MISSING', `${file.path} links ${schema}.${table}, which is no table.`, {
      hint: 'Apply the migration that makes the table first, or take the rule away.',
    });
  }
  throw new DrydockError('LINK_RULE_UNKNOWN', `${unknown.file.path} is not the rule that the operator stored.`, {
    hint: 'A linker runs no rule of a lease. Ask the operator to hand over again, which stores the rules as they are.',
  });
}

/** The files that a lease can run, with the sha256 of each as the operator stored it. */
export async function knownFiles(session: Session): Promise<Map<string, string>> {
  const { rows } = await session.query<{ path: string; sha256: string }>(
    'select path, sha256 from drydock.known_files()',
  );
  return new Map(rows.map(({ path, sha256 }) => [path, sha256]));
}

/** Runs one rule through the linker's function, inside the open transaction. @param as a role that the contract lets call it */
export async function runLinkRule(session: Session, as: Actor, call: string, rule: LinkRule): Promise<LinkCount> {
  const { schema, table: name } = splitRelation(call);
  try {
    const { rows } = await queryAs<Omit<LinkCount, 'rule' | 'title' | 'link'>>(
      session,
      as,
      `select examined, proposed, ambiguous, linked from ${qualified(schema, name)}(${literal(rule.file.path)})`,
    );
    const link = `${rule.schema}.${rule.table}.${rule.link}`;
    return { rule: rule.file.path, title: rule.title, link, ...rows[0]! };
  } catch (error) {
    throw await sqlErrorOf(error, rule.file, unchanged(rule.statement));
  }
}
