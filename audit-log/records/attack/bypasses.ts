/** The table under attack. */
export interface Target {
  /** As SQL writes it, as are the partitions and the column. */
  readonly name: string;
  /** Without its schema, and not quoted. */
  readonly relation: string;
  readonly schema: string;
  readonly owner: string;
  readonly has_row_security: boolean;
  readonly partitions: string[] | null;
  /** The functions of its triggers. */
  readonly guards: string[] | null;
  readonly edited_column: string | null;
  readonly edited_type: string | null;
  /** Another value for that column. */
  readonly change: string | null;
}

/** A way round an audit table. */
export interface Bypass {
  readonly name: string;
  /** Who tries it: a login that may add records, the owner of the table, or a superuser. */
  readonly as: 'writer' | 'owner' | 'superuser';
  /** What it comes to when nothing refuses it: rows are other or gone, rows were read, or records to come are swallowed. */
  readonly effect: 'changes' | 'reads' | 'swallows';
  /** The statements; none when the table has nothing for it. */
  readonly deed: (target: Target, partition: string | undefined) => string | null | undefined;
}

const edit = ({ name, edited_column: column, change }: Target, where = name) =>
  column ? `update ${where} set ${column} = ${change}` : undefined;

const swallow = (where: string) =>
  `create function pg_temp.attacked() returns trigger language plpgsql as 'begin return null; end';
   create trigger a_attacked before insert on ${where} for each row execute function pg_temp.attacked()`;

const changes = 'changes';

/** Twenty-six ways; each is tried on its own and taken back. */
export const bypasses: readonly Bypass[] = [
  { name: 'update', as: 'writer', effect: changes, deed: (target) => edit(target) },
  { name: 'delete', as: 'writer', effect: changes, deed: ({ name }) => `delete from ${name}` },
  { name: 'truncate', as: 'writer', effect: changes, deed: ({ name }) => `truncate ${name}` },
  { name: 'update a partition', as: 'writer', effect: changes, deed: (target, part) => part && edit(target, part) },
  {
    name: 'read a partition past row security',
    as: 'writer',
    effect: 'reads',
    deed: ({ has_row_security: hidden }, part) => (hidden ? part && `select from ${part}` : undefined),
  },
  { name: 'drop the table', as: 'writer', effect: changes, deed: ({ name }) => `drop table ${name} cascade` },
  {
    name: 'disable the triggers',
    as: 'writer',
    effect: changes,
    deed: ({ name }) => `alter table ${name} disable trigger all; delete from ${name}`,
  },
  { name: 'swallow records by a trigger', as: 'writer', effect: 'swallows', deed: ({ name }) => swallow(name) },
  { name: 'update', as: 'owner', effect: changes, deed: (target) => edit(target) },
  { name: 'delete', as: 'owner', effect: changes, deed: ({ name }) => `delete from ${name}` },
  { name: 'truncate', as: 'owner', effect: changes, deed: ({ name }) => `truncate ${name} cascade` },
  { name: 'truncate a partition', as: 'owner', effect: changes, deed: (_target, part) => part && `truncate ${part}` },
  {
    name: 'swallow records by a rule',
    as: 'owner',
    effect: 'swallows',
    deed: ({ name }) => `create rule attacked as on insert to ${name} do instead nothing`,
  },
  {
    name: 'swallow records by a trigger',
    as: 'owner',
    effect: 'swallows',
    deed: ({ name }, part) => swallow(part ?? name),
  },
  {
    name: 'write a column anew by changing its type',
    as: 'owner',
    effect: changes,
    deed: ({ name, edited_column: column, edited_type: type, change }) =>
      column ? `alter table ${name} alter column ${column} type ${type} using ${change}` : undefined,
  },
  {
    name: 'grant to everybody, then delete',
    as: 'owner',
    effect: changes,
    deed: ({ name }) => `grant all on ${name} to public; delete from ${name}`,
  },
  {
    name: 'detach a partition, then delete from it',
    as: 'owner',
    effect: changes,
    deed: ({ name }, part) => part && `alter table ${name} detach partition ${part}; delete from ${part}`,
  },
  {
    name: 'disable the triggers, then delete',
    as: 'owner',
    effect: changes,
    deed: ({ name }, part) => `alter table ${part ?? name} disable trigger user; delete from ${part ?? name}`,
  },
  {
    name: 'replace the functions of the triggers, then delete',
    as: 'owner',
    effect: changes,
    deed: ({ name, guards }) =>
      guards &&
      `${guards.map((guard) => `create or replace function ${guard} returns trigger language plpgsql as 'begin return coalesce(new, old); end'`).join(';')};
       delete from ${name}`,
  },
  {
    name: 'drop a partition',
    as: 'owner',
    effect: changes,
    deed: (_target, part) => part && `drop table ${part} cascade`,
  },
  {
    name: 'put an empty table in its place',
    as: 'owner',
    effect: changes,
    deed: ({ name }) =>
      `create temp table attacked (like ${name}); alter table ${name} rename to attacked_away; create table ${name} (like attacked)`,
  },
  {
    name: 'act as a replica',
    as: 'superuser',
    effect: changes,
    deed: ({ name }) => `set local session_replication_role = replica; delete from ${name}`,
  },
  {
    name: 'truncate as a replica',
    as: 'superuser',
    effect: changes,
    deed: ({ name }) => `set local session_replication_role = replica; truncate ${name} cascade`,
  },
  {
    name: 'update with triggers disabled',
    as: 'superuser',
    effect: changes,
    deed: (target, part) =>
      edit(target) && `alter table ${part ?? target.name} disable trigger all; ${edit(target, part ?? target.name)}`,
  },
  {
    name: 'copy, empty and fill again',
    as: 'superuser',
    effect: changes,
    deed: ({ name }, part) =>
      `create temp table attacked as table ${part ?? name}; truncate ${part ?? name} cascade; insert into ${part ?? name} select * from attacked offset 1`,
  },
  { name: 'drop with cascade', as: 'superuser', effect: changes, deed: ({ name }) => `drop table ${name} cascade` },
];
