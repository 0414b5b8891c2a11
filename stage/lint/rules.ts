import { viewsSchema, type Config } from '../../ops/config/index.ts';
import { viewsOwner } from '../../ops/contract/index.ts';
import type { SqlFile, Statement } from '../../ops/postgres/index.ts';
import type { Severity } from '../measurement.ts';
import { breakingParts, lockingParts } from './locks.ts';
import { nodesNamed, relationsIn } from './walk.ts';

/** What a file is in its project, which decides what may stand in it. */
export type SqlRole =
  | { readonly kind: 'migration'; readonly as: string }
  | { readonly kind: 'link rule' | 'ingest read'; readonly linker: string }
  | { readonly kind: 'backfill' | 'check' };

export interface LintedFile {
  readonly file: SqlFile;
  readonly role: SqlRole;
  /** Its text as the parser has seen it: with values in the places that are filled in. */
  readonly parsed: string;
  readonly statements: readonly Statement[];
}

/** Something that a rule objects to. */
export interface Objection {
  /** Offset in the file's text. */
  readonly offset: number;
  readonly detail: string;
}

export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  readonly remedy: string;
  /** Whether it is about the boundary between domains; the other rules are about the scripts. */
  readonly boundary?: true;
  find(linted: LintedFile, config: Config): Objection[];
}

/** Every rule, in the order of reports. They read what Postgres's own parser made of a file, never its text. */
export const rules: readonly Rule[] = [
  {
    id: 'boundary',
    severity: 'error',
    remedy: 'Read the other domain through a view of the schema views, and link with a rule.',
    boundary: true,
    find: ({ role, statements }, { domains }) => {
      if (role.kind !== 'migration') return [];
      const own = Object.keys(domains).find((schema) => domains[schema]!.owner === role.as);
      const foreign = (schema: string) => own !== undefined && schema !== own && Object.hasOwn(domains, schema);
      return statements.flatMap((statement) =>
        relationsIn(statement.node)
          .filter(({ schema }) => foreign(schema))
          .map(({ schema, name, location }) => ({
            offset: statement.at(location),
            detail: `a migration of ${own} names ${schema}.${name}`,
          })),
      );
    },
  },
  {
    id: 'reads_views_only',
    severity: 'error',
    remedy: 'Read a view, or list the table under contract.linkers.NAME.reads.',
    boundary: true,
    find: ({ role, statements }, { contract }) => {
      if (role.kind !== 'link rule' && role.kind !== 'ingest read') return [];
      const { reads, updates } = contract.linkers[role.linker]!;
      const targets = updates.map((column) => column.split('.').slice(0, 2).join('.'));
      const allowed = new Set(role.kind === 'link rule' ? [...reads, ...targets] : []);
      return statements.flatMap((statement) =>
        relationsIn(statement.node)
          .filter(({ schema, name }) => schema !== viewsSchema && !allowed.has(`${schema}.${name}`))
          .map(({ schema, name, location }) => ({
            offset: statement.at(location),
            detail: `${role.kind === 'link rule' ? 'a link rule' : 'an ingest'} reads ${schema}.${name}`,
          })),
      );
    },
  },
  {
    id: 'grant',
    severity: 'error',
    remedy: 'State the right in the contract of drydock.yaml; Drydock grants it.',
    boundary: true,
    find: ({ role, statements }) => {
      if (role.kind !== 'migration') return [];
      return ofKind(statements, ['GrantStmt', 'GrantRoleStmt', 'AlterDefaultPrivilegesStmt'])
        .filter(({ node }) => node['is_grant'] !== undefined || node['action']?.is_grant !== undefined)
        .map((statement) => ({
          offset: statement.start,
          detail:
            statement.node['privileges'] === undefined && statement.kind === 'GrantStmt' ? 'grants all' : 'grants',
        }));
    },
  },
  {
    id: 'policy_for_everybody',
    severity: 'error',
    remedy: 'Name the capability roles: create policy … to ROLE.',
    boundary: true,
    find: ({ statements }) =>
      ofKind(statements, ['CreatePolicyStmt', 'AlterPolicyStmt'])
        .filter(({ node }) =>
          nodesNamed(node['roles'], 'RoleSpec').some(({ roletype }) => roletype === 'ROLESPEC_PUBLIC'),
        )
        .map(({ node, start }) => ({ offset: start, detail: `policy ${node['policy_name']} is for everybody` })),
  },
  {
    id: 'rls_switched_off',
    severity: 'error',
    remedy: 'Leave it enabled and forced; let more rows through with a policy.',
    find: ({ statements }) =>
      statements.flatMap(({ node, start }) =>
        nodesNamed(node['cmds'], 'AlterTableCmd')
          .filter(({ subtype }) => ['AT_DisableRowSecurity', 'AT_NoForceRowSecurity'].includes(subtype))
          .map(() => ({ offset: start, detail: 'takes row-level security away' })),
      ),
  },
  {
    id: 'definer_without_search_path',
    severity: 'error',
    remedy: "Add: set search_path = ''",
    boundary: true,
    find: ({ statements }) =>
      ofKind(statements, ['CreateFunctionStmt']).flatMap(({ node, start }) => {
        const options = nodesNamed(node['options'], 'DefElem');
        const isDefiner = options.some(({ defname, arg }) => defname === 'security' && arg.Boolean?.boolval === true);
        const isPinned = options.some(
          ({ defname, arg }) => defname === 'set' && arg.VariableSetStmt?.name === 'search_path',
        );
        return isDefiner && !isPinned
          ? [{ offset: start, detail: 'SECURITY DEFINER without a fixed search_path' }]
          : [];
      }),
  },
  {
    id: 'view_without_barrier',
    severity: 'error',
    remedy: 'create view … with (security_barrier) as …',
    boundary: true,
    find: ({ role, statements }) => {
      if (role.kind !== 'migration' || role.as !== viewsOwner) return [];
      return ofKind(statements, ['ViewStmt'])
        .filter(
          ({ node }) => !nodesNamed(node['options'], 'DefElem').some(({ defname }) => defname === 'security_barrier'),
        )
        .map(({ node, start }) => ({ offset: start, detail: `view ${node['view'].relname} has no security_barrier` }));
    },
  },
  {
    id: 'down_section',
    severity: 'error',
    remedy: 'Put the reversal into a file of its own: here it would run.',
    find: ({ role, file, statements }) => {
      if (role.kind !== 'migration') return [];
      const mark = /^\s*(?:--|\/\*)\s*(?:down|undo|rollback|@undo)\b.*$/im.exec(file.text);
      const after = mark && statements.some(({ start }) => start > mark.index);
      return after ? [{ offset: mark.index, detail: 'statements below this mark would run too' }] : [];
    },
  },
  {
    id: 'transaction_control',
    severity: 'error',
    remedy: 'Remove it; write "-- drydock: no-transaction" for what cannot run in one.',
    find: ({ statements }) =>
      ofKind(statements, ['TransactionStmt']).map(({ start }) => ({
        offset: start,
        detail: 'ends or begins the transaction that Drydock runs it in',
      })),
  },
  {
    id: 'leaves_role',
    severity: 'error',
    remedy: 'Put the file into a folder that runs as the role it needs.',
    boundary: true,
    find: ({ role, statements }) => {
      if (role.kind !== 'migration') return [];
      const calls = (node: Statement['node']) =>
        nodesNamed(node, 'FuncCall').some(
          ({ funcname, args }) =>
            funcname.at(-1)?.String?.sval === 'set_config' && roleSettings.has(args?.[0]?.A_Const?.sval?.sval),
        );
      const does = ({ kind, node }: Statement) =>
        kind === 'DoStmt' && nodesNamed(node['args'], 'DefElem').some(({ arg }) => changesRole.test(arg?.String?.sval));
      return statements
        .filter((statement) => calls(statement.node) || does(statement))
        .map(({ start }) => ({ offset: start, detail: 'leaves the role of its folder' }));
    },
  },
  {
    id: 'impossible_uuid',
    severity: 'error',
    remedy: 'Write all of the 32 hexadecimal digits.',
    find: ({ statements }) =>
      statements.flatMap((statement) =>
        nodesNamed(statement.node, 'TypeCast')
          .filter(({ typeName, arg }) => typeName.names?.at(-1)?.String?.sval === 'uuid' && arg.A_Const?.sval)
          .filter(({ arg }) => !isUuid(arg.A_Const.sval.sval ?? ''))
          .map(({ arg }) => ({
            offset: statement.at(arg.A_Const.location),
            detail: `'${arg.A_Const.sval.sval}' is no uuid`,
          })),
      ),
  },
  {
    id: 'long_lock',
    severity: 'warning',
    remedy: 'See the detail; on a large table the lock stands for as long as the table takes to read.',
    find: (linted) => partsOf(linted, lockingParts),
  },
  {
    id: 'breaks_callers',
    severity: 'warning',
    remedy: 'Do it in a later promotion, when nothing that runs names it any more.',
    find: (linted) => partsOf(linted, breakingParts),
  },
];

/** The settings that say as whom a session acts. */
const roleSettings = new Set(['role', 'session_authorization']);
/** The same in the body of a block, which is a text to the parser. */
const changesRole =
  /\b(?:re)?set\s+(?:(?:local|session)\s+)?(?:role|session\s+authorization)\b|\bset_config\s*\(\s*'(?:role|session_authorization)'/i;

/** What a migration does to tables that the same file does not make. */
function partsOf({ role, statements }: LintedFile, partsIn: (statement: Statement) => string[]): Objection[] {
  if (role.kind !== 'migration') return [];
  const made = new Set(
    statements.flatMap(({ kind, node }) => (kind === 'CreateStmt' ? [keyOf(node['relation'])] : [])),
  );
  return statements
    .filter(({ node }) => !made.has(keyOf(node['relation'] ?? droppedIn(node))))
    .flatMap((statement) => partsIn(statement).map((detail) => ({ offset: statement.start, detail })));
}

function ofKind(statements: readonly Statement[], kinds: readonly string[]): Statement[] {
  return statements.filter(({ kind }) => kinds.includes(kind));
}

/** What a drop names, the first of it, in the words of a relation. */
function droppedIn({ objects }: Statement['node']): Statement['node'] | undefined {
  const [relname, schemaname] = nodesNamed(objects?.[0], 'String')
    .map(({ sval }) => sval)
    .reverse();
  return relname === undefined ? undefined : { relname, schemaname };
}

function keyOf(relation: Statement['node'] | undefined): string {
  return relation ? `${relation['schemaname'] ?? ''}.${relation['relname']}` : '';
}

/** Postgres takes braces, upper case, and a hyphen after any group of four digits. */
function isUuid(text: string): boolean {
  return /^\{?([0-9a-f]{4}-?){7}[0-9a-f]{4}\}?$/i.test(text);
}
