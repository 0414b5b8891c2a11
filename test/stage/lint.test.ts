import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadProject } from '../../ops/config/index.ts';
import { lint } from '../../stage/lint/index.ts';
import { TestProject } from '../support/project.ts';
import { exampleFile } from '../support/staging.ts';

/** What the lint says of the tiny project after one file was written into it. */
async function findingsWith(path: string, sql: string): Promise<string[]> {
  await using project = await TestProject.copy('unused');
  await project.write(path, sql);
  const measurements = await lint(await loadProject(join(project.folder, 'drydock.yaml')));
  return measurements.flatMap(({ findings }) =>
    findings.map(({ level, object, detail }) => `${level} ${object}: ${detail}`),
  );
}

const shop = 'sql/shop/0020_more.sql';

const caught: [what: string, path: string, sql: string, says: string][] = [
  [
    'a migration that names a table of another domain',
    shop,
    'create view shop.v as\nselect *\nfrom desk.tickets;',
    'error sql/shop/0020_more.sql:3: a migration of shop names desk.tickets (boundary)',
  ],
  [
    'a foreign key to another domain',
    shop,
    'create table shop.t (id int references desk.tickets);',
    'error sql/shop/0020_more.sql:1: a migration of shop names desk.tickets (boundary)',
  ],
  [
    'an ingest that reads a table',
    'sql/ingest/0030_more.sql',
    '-- counts: orders\n\nselect id from shop.orders;',
    'error sql/ingest/0030_more.sql:3: an ingest reads shop.orders (reads_views_only)',
  ],
  [
    'a link rule that reads what its linker may not',
    'sql/hydrate/0020_more.sql',
    '-- links: desk.tickets.order_id\n\nselect t.id, o.id as link from desk.tickets t, shop.orders o;',
    'error sql/hydrate/0020_more.sql:3: a link rule reads shop.orders (reads_views_only)',
  ],
  ['a grant', shop, 'grant select on shop.orders to agent;', 'error sql/shop/0020_more.sql:1: grants (grant)'],
  [
    'a grant of everything',
    shop,
    '/* é */\ngrant all on shop.orders to agent;',
    'error sql/shop/0020_more.sql:2: grants all (grant)',
  ],
  ['a membership', shop, 'grant shop_owner to agent;', 'error sql/shop/0020_more.sql:1: grants (grant)'],
  [
    'default privileges',
    shop,
    'alter default privileges grant select on tables to agent;',
    'error sql/shop/0020_more.sql:1: grants (grant)',
  ],
  [
    'a policy for everybody',
    shop,
    'create policy p on shop.orders using (true);',
    'error sql/shop/0020_more.sql:1: policy p is for everybody (policy_for_everybody)',
  ],
  [
    'row-level security switched off',
    shop,
    'alter table shop.orders disable row level security;',
    'error sql/shop/0020_more.sql:1: takes row-level security away (rls_switched_off)',
  ],
  [
    'an owner that is no longer bound',
    shop,
    'alter table shop.orders no force row level security;',
    'error sql/shop/0020_more.sql:1: takes row-level security away (rls_switched_off)',
  ],
  [
    'a definer function whose names its caller decides',
    shop,
    'create function shop.f() returns int language sql security definer return 1;',
    'error sql/shop/0020_more.sql:1: SECURITY DEFINER without a fixed search_path (definer_without_search_path)',
  ],
  [
    'a view without a barrier',
    'sql/views/0020_more.sql',
    'create view views.v as select 1;',
    'error sql/views/0020_more.sql:1: view v has no security_barrier (view_without_barrier)',
  ],
  [
    'a reversal that would run',
    shop,
    'create table shop.t ();\n/* DOWN */\ndrop table shop.t;',
    'error sql/shop/0020_more.sql:2: statements below this mark would run too (down_section)',
  ],
  [
    'a commit',
    'sql/backfills/0040_more.sql',
    '-- title: x\n\n-- drydock: todo\nselect 0;\n\n-- drydock: change\ncommit;',
    'error sql/backfills/0040_more.sql:7: ends or begins the transaction that Drydock runs it in (transaction_control)',
  ],
  [
    'a role that is left by a setting',
    shop,
    "select pg_catalog.set_config('role', 'desk_owner', true);",
    'error sql/shop/0020_more.sql:1: leaves the role of its folder (leaves_role)',
  ],
  [
    'a role that is left inside a block',
    shop,
    'do $$ begin\n  execute $x$ reset role $x$;\nend $$;',
    'error sql/shop/0020_more.sql:1: leaves the role of its folder (leaves_role)',
  ],
  [
    'a uuid that is none',
    shop,
    "select 'user-123'::uuid;",
    "error sql/shop/0020_more.sql:1: 'user-123' is no uuid (impossible_uuid)",
  ],
  [
    'an index that blocks writes',
    shop,
    'create index on shop.orders (state);',
    'warning sql/shop/0020_more.sql:1: create index without concurrently blocks every write (long_lock)',
  ],
  [
    'a type that is changed',
    shop,
    'alter table shop.orders alter column note type varchar;',
    'warning sql/shop/0020_more.sql:1: changing a type rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'a not null that is set',
    shop,
    'alter table shop.orders alter column note set not null;',
    'warning sql/shop/0020_more.sql:1: set not null reads the table under an exclusive lock: add a check not valid, validate it first (long_lock)',
  ],
  [
    'a check that reads every row',
    shop,
    "alter table shop.orders add check (note <> '');",
    'warning sql/shop/0020_more.sql:1: a constraint that is not "not valid" reads the table under a lock: validate it in a second migration (long_lock)',
  ],
  [
    'a constraint that builds an index',
    shop,
    'alter table shop.orders add constraint one unique (state);',
    'warning sql/shop/0020_more.sql:1: a constraint that builds its index holds an exclusive lock meanwhile: build it concurrently, add it "using index" (long_lock)',
  ],
  [
    'a primary key that builds an index',
    shop,
    'alter table shop.orders add primary key (state);',
    'warning sql/shop/0020_more.sql:1: a constraint that builds its index holds an exclusive lock meanwhile: build it concurrently, add it "using index" (long_lock)',
  ],
  [
    'an exclusion',
    shop,
    'alter table shop.orders add exclude using gist (state with =);',
    'warning sql/shop/0020_more.sql:1: a constraint that builds its index holds an exclusive lock meanwhile: build it concurrently, add it "using index" (long_lock)',
  ],
  [
    'an index that is dropped while others read',
    shop,
    'drop index shop.by_state;',
    'warning sql/shop/0020_more.sql:1: drop index without concurrently waits for every query, and every query waits for it (long_lock)',
  ],
  [
    'a default that is another for every row',
    shop,
    'alter table shop.orders add made timestamptz not null default clock_timestamp();',
    'warning sql/shop/0020_more.sql:1: a default that differs from row to row rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'a generated column',
    shop,
    'alter table shop.orders add twice text generated always as (note || note) stored;',
    'warning sql/shop/0020_more.sql:1: a stored generated column rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'a serial column',
    shop,
    'alter table shop.orders add number serial not null;',
    'warning sql/shop/0020_more.sql:1: a column that numbers its rows rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'an identity column',
    shop,
    'alter table shop.orders add number int generated always as identity;',
    'warning sql/shop/0020_more.sql:1: a column that numbers its rows rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'a table that becomes logged',
    shop,
    'alter table shop.orders set logged;',
    'warning sql/shop/0020_more.sql:1: set logged rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'a view that is refreshed',
    shop,
    'refresh materialized view shop.totals;',
    'warning sql/shop/0020_more.sql:1: refresh without concurrently blocks every reader (long_lock)',
  ],
  [
    'a cluster',
    shop,
    'cluster shop.orders using by_state;',
    'warning sql/shop/0020_more.sql:1: cluster rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'a full vacuum',
    shop,
    'vacuum full shop.orders;',
    'warning sql/shop/0020_more.sql:1: vacuum full rewrites the table under an exclusive lock (long_lock)',
  ],
  [
    'a column that is dropped',
    shop,
    'alter table shop.orders drop column note;',
    'warning sql/shop/0020_more.sql:1: a dropped column cannot be brought back, and whoever names it fails (breaks_callers)',
  ],
  [
    'a table that is dropped',
    shop,
    'drop table shop.orders;',
    'warning sql/shop/0020_more.sql:1: it cannot be brought back (breaks_callers)',
  ],
  [
    'a column under another name',
    shop,
    'alter table shop.orders rename note to remark;',
    'warning sql/shop/0020_more.sql:1: whoever uses the old name fails from then on (breaks_callers)',
  ],
  [
    'a table under another name',
    shop,
    'alter table shop.orders rename to sales;',
    'warning sql/shop/0020_more.sql:1: whoever uses the old name fails from then on (breaks_callers)',
  ],
  [
    'a required column without a default',
    shop,
    'alter table shop.orders add must text not null;',
    'warning sql/shop/0020_more.sql:1: a required column without a default is refused where there are rows, and by inserts that do not know it (breaks_callers)',
  ],
  [
    'a truncate that takes others along',
    shop,
    'truncate shop.orders cascade;',
    'warning sql/shop/0020_more.sql:1: truncate cascade empties whatever refers to it (breaks_callers)',
  ],
];

const accepted: [what: string, path: string, sql: string][] = [
  [
    'names of another domain in a comment and a string',
    shop,
    "-- desk.tickets\nselect 'desk.tickets', 'grant all on x to y';",
  ],
  ['a revoke', shop, 'revoke select on shop.orders from agent;'],
  [
    'a definer function that is pinned down',
    shop,
    "create function shop.f() returns int language sql security definer set search_path = '' return 1;",
  ],
  ['an index on a table that the same file makes', shop, 'create table shop.t (id int);\ncreate index on shop.t (id);'],
  ['an index made concurrently', shop, '-- drydock: no-transaction\ncreate index concurrently on shop.orders (state);'],
  [
    'a column with a default that is the same for every row',
    shop,
    'alter table shop.orders add made timestamptz not null default now();',
  ],
  [
    'a constraint that takes a finished index',
    shop,
    'alter table shop.orders add constraint one unique using index by_state;',
  ],
  [
    'what is done to a table that the same file makes',
    shop,
    'create table shop.t (id int);\nalter table shop.t add unique (id), drop column id, add must text not null;',
  ],
  [
    'a constraint, a function and a role under another name',
    shop,
    'alter table shop.orders rename constraint a to b;\ndrop function shop.f();',
  ],
  ['a constraint that is validated later', shop, "alter table shop.orders add check (note <> '') not valid;"],
  [
    'a uuid, braces and all',
    shop,
    "select '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'::uuid, 'a0eebc999c0b4ef8bb6d6bb9bd380a11'::uuid;",
  ],
  ['a mark at the end, with nothing below it', shop, 'select 1;\n-- down\n'],
  ['a view inside a domain, which needs no barrier', shop, 'create view shop.v with (security_invoker) as select 1;'],
  ['a file that does not parse, which Postgres will say better', shop, 'selec 1;'],
];

describe('the lint', () => {
  test('has nothing against the example, and looked at all of it', async () => {
    const measurements = await lint(await loadProject(exampleFile));
    expect(measurements.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['lint/boundary go', 'lint/scripts go']);
    expect(measurements.flatMap(({ findings }) => findings)).toEqual([]);
    expect(measurements[0]!.examined).toBeGreaterThan(300);
  });

  test.for(caught)('objects to %s', async ([, path, sql, says]) => {
    expect(await findingsWith(path, sql)).toEqual([says]);
  });

  test.for(accepted)('accepts %s', async ([, path, sql]) => {
    expect(await findingsWith(path, sql)).toEqual([]);
  });

  test('an error is no-go, a warning is not', async () => {
    await using project = await TestProject.copy('unused');
    const verdicts = async (sql: string) => {
      await project.write(shop, sql);
      return (await lint(await loadProject(join(project.folder, 'drydock.yaml')))).map(({ verdict }) => verdict);
    };
    expect(await verdicts('grant select on shop.orders to agent;')).toEqual(['no-go', 'go']);
    expect(await verdicts('commit;')).toEqual(['go', 'no-go']);
    expect(await verdicts('create index on shop.orders (state);')).toEqual(['go', 'go']);
  });
});
