import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { takeSnapshot, type SnapshotOrder } from '../../../audit-log/snapshots/index.ts';
import { loadSignals, loadSnapshotPlan } from '../../../ops/config/index.ts';
import type { Target } from '../../../ops/postgres/index.ts';
import { temporaryFolder, type TemporaryFolder } from '../../support/home.ts';

/** A database with everything that references can be: composite, to itself, in a circle, nullable, over partitions. */
export const shop = `
create schema "Mixed Case";
create type public.mood as enum ('calm', 'cross');
create table public.company (id integer primary key, name text, founder integer, email text);
create table public.person (
    id integer primary key, company_id integer references public.company, boss integer references public.person, mood public.mood
);
alter table public.company add constraint company_founder_fkey foreign key (founder) references public.person deferrable;
create table "Mixed Case"."Order" (
    "Id" bigint, "Line" integer, company_id integer not null references public.company, note text, primary key ("Id", "Line")
);
create index on "Mixed Case"."Order" (company_id);
create table "Mixed Case"."Item" (
    id uuid primary key, "Order Id" bigint, "Order Line" integer, body jsonb,
    constraint "two columns" foreign key ("Order Id", "Order Line") references "Mixed Case"."Order" ("Id", "Line")
);
create table public.visit (
    id bigint, day date, company_id integer references public.company, primary key (id, day)
) partition by range (day);
create table public.visit_2025 partition of public.visit for values from ('2025-01-01') to ('2026-01-01');
create table public.visit_2026 partition of public.visit for values from ('2026-01-01') to ('2027-01-01');
create table public.loose (company_id integer references public.company, what text);
create view public.dear as select * from public.company;

insert into public.company (id, name, email) select n, 'c' || n, 'c' || n || '@example.org' from generate_series(1, 30) as n;
insert into public.person select n, n % 30 + 1, nullif(n / 2, 0), case when n % 3 = 0 then 'cross'::public.mood end from generate_series(1, 60) as n;
update public.company set founder = id * 2 where id % 4 <> 0;
insert into "Mixed Case"."Order" select n, l, n % 30 + 1, case when n % 3 = 0 then null when n % 3 = 1 then '' else 'x,"y"' || chr(10) || 'z' end
    from generate_series(1, 40) as n, generate_series(1, 2) as l;
insert into "Mixed Case"."Item" select md5(n::text)::uuid, case when n % 5 <> 0 then n % 40 + 1 end, 1, jsonb_build_object('n', n)
    from generate_series(1, 100) as n;
insert into public.visit select n, '2025-12-01'::date + n, n % 30 + 1 from generate_series(1, 60) as n;
insert into public.loose select n, 'x' from generate_series(1, 5) as n;
analyze;
`;

/** Rights of somebody who may read, and no more. */
export const reader = `
grant usage on schema public, "Mixed Case" to :role;
grant select on all tables in schema public, "Mixed Case" to :role;
`;

/** Takes snapshots as the command does, in a folder of its own. */
export class Snapshots implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  #count = 0;

  private constructor(folder: TemporaryFolder) {
    this.folder = folder;
  }

  static async start(): Promise<Snapshots> {
    return new Snapshots(await temporaryFolder());
  }

  async order(
    target: Target,
    plan: string,
    more: Partial<SnapshotOrder> & { signalsText?: string } = {},
  ): Promise<SnapshotOrder> {
    this.#count += 1;
    const here = join(this.folder.path, String(this.#count));
    await mkdir(here);
    const file = join(here, 'plan.yaml');
    await writeFile(file, plan);
    const { signalsText, ...rest } = more;
    if (signalsText) await writeFile(join(here, 'signals.yaml'), signalsText);
    return {
      target,
      plan: await loadSnapshotPlan(file),
      signals: signalsText ? await loadSignals(join(here, 'signals.yaml')) : undefined,
      schema: 'public',
      place: join(here, 'prod-snapshots'),
      source: { branch: 'main', commit_sha: 'a'.repeat(40), commit_timestamp: '2026-11-21T07:00:00.000Z' },
      sessions: 1,
      output: { zstd: false, parquet: false },
      maskSalt: undefined,
      now: () => new Date('2026-11-21T08:00:00Z'),
      ...rest,
    };
  }

  async take(target: Target, plan: string, more: Partial<SnapshotOrder> & { signalsText?: string } = {}) {
    const { manifest, folder } = await takeSnapshot(await this.order(target, plan, more));
    const file = (name: string) => readFile(join(folder, name), 'utf8');
    const table = (name: string) => manifest.tables.find(({ schema, table }) => `${schema}.${table}` === name);
    return { manifest, folder, file, table };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}
