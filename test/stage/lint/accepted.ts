import { shop } from './caught.ts';

/** What looks like a fault and is none, written into the tiny project as one file. */
export const accepted: [what: string, path: string, sql: string][] = [
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
