import { randomBytes } from 'node:crypto';
import { takeAudit, type Audit, type AuditOrder } from '../../../audit-log/inventory/index.ts';
import { inventoryDefaults } from '../../../ops/config/index.ts';
import { identifier, literal, Session, type Target } from '../../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

/** A database of somebody else's: mixed-case names, composite keys, partitions, a versioning system. */
export const foreignSchema = `
create table public.developer (
    id serial primary key, email text unique, name text, created_by integer, created_at timestamptz default '2026-01-01 00:00Z',
    updated_by integer, updated_at timestamptz default '2026-01-02 00:00Z'
);
create table public.version_family (id serial primary key, short_code text unique not null, label text, is_active boolean default true);
create table public.version (
    id serial primary key, version_family_id integer not null references public.version_family, version_number text,
    weight numeric, is_active boolean default false
);
create table public.domain_family_map (
    schema_name text, table_name text, version_family_id integer, primary key (schema_name, table_name)
);
insert into public.developer (email, name, created_by, updated_by) values ('ada@example.org', 'Ada', 1, 1), ('ben@example.org', 'Ben', 1, 2);
insert into public.version_family (short_code, label) values ('theme', 'Theme'), ('tier', 'Tier'), ('zone', 'Zone');
insert into public.version (version_family_id, version_number, weight, is_active)
values (1, '1.0.0', 0.1000000000000000055, true), (2, '1.0.0', 1, true), (2, '1.1.0', 1, true), (3, '1.0.0', 1, false);

create schema "Mixed Case";
create type "Mixed Case"."Colour" as enum ('red', 'green');
create table "Mixed Case"."Order" (
    "Id" bigint generated always as identity, "Line No" integer, colour "Mixed Case"."Colour", price numeric(10,2) check (price >= 0),
    code varchar(12) default 'x''y', primary key ("Id", "Line No")
);
create table "Mixed Case"."Note" (
    id integer primary key, "Order Id" bigint, "Order Line" integer, body text, created_by text,
    constraint "two columns" foreign key ("Order Id", "Order Line") references "Mixed Case"."Order" ("Id", "Line No") on delete cascade
);
insert into "Mixed Case"."Order" ("Line No", price) select n, n from generate_series(1, 5) as n;
insert into "Mixed Case"."Note" (id, created_by) values (1, 'carol@example.org'), (2, 'batch');
create table public.measured (day date, value integer) partition by range (day);
create table public.measured_2025 partition of public.measured for values from ('2025-01-01') to ('2026-01-01');
create table public.measured_2026 partition of public.measured for values from ('2026-01-01') to ('2027-01-01');
insert into public.measured select '2025-06-01', n from generate_series(1, 30) as n;
insert into public.measured select '2026-06-01', n from generate_series(1, 12) as n;
create function public.set_audit_fields() returns trigger language plpgsql as 'begin return new; end';
create trigger stamp before insert or update on public.developer for each row execute function public.set_audit_fields();
create view public.dear as select * from "Mixed Case"."Order" where price > 3;
insert into public.domain_family_map values ('public', 'measured', 1), ('public', 'gone', 1);
`;

/** A server with a database of its own per test, and roles that may see more or less of it. */
export class Databases implements AsyncDisposable {
  readonly #staging: Staging;

  private constructor(staging: Staging) {
    this.#staging = staging;
  }

  static async start(): Promise<Databases> {
    return new Databases(await Staging.start({ file: tinyFile }));
  }

  /** A new database with this schema in it. */
  async create(sql: string): Promise<Target> {
    const database = `audited_${randomBytes(4).toString('hex')}`;
    await using admin = await this.#staging.connect('postgres');
    await admin.query(`create database ${identifier(database)}`);
    const target = this.#staging.target(database);
    await using session = await Session.open(target);
    await session.script(sql);
    return target;
  }

  /** A login that holds what `grants` gives it, where `:role` stands for its name. */
  async login(target: Target, grants: string): Promise<Target> {
    const user = `reader_${randomBytes(4).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    await using session = await Session.open(target);
    await session.query(`create role ${identifier(user)} login password ${literal(password)}`);
    await session.script(`grant connect on database ${identifier(target.database)} to ${identifier(user)}`);
    if (grants) await session.script(grants.replaceAll(':role', identifier(user)));
    return { ...target, user, password };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#staging[Symbol.asyncDispose]();
  }
}

/** Takes an audit with the settings a user starts with. */
export function audit(target: Target, order: Partial<AuditOrder> = {}): Promise<Audit> {
  return takeAudit({
    target,
    settings: inventoryDefaults,
    root: import.meta.dirname,
    schemas: null,
    budgetMs: 60_000,
    samples: false,
    now: () => new Date(),
    ...order,
  });
}

export function tableOf(given: Audit, name: string) {
  return given.tables.find(({ schema, table }) => `${schema}.${table}` === name)!;
}
