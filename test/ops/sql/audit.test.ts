import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../../ops/postgres/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
let session: Session;

beforeAll(async () => {
  staging = await (await Staging.start({ file: tinyFile })).run('bootstrap');
  session = await staging.connect();
});

afterAll(async () => {
  await session?.close();
  await staging?.[Symbol.asyncDispose]();
});

interface Change {
  readonly table_name: string;
  readonly operation: string;
  readonly row_data: Record<string, unknown> | null;
}

const tables = `
  create table shop.t (a int primary key, b text);
  create policy t_all on shop.t using (true) with check (true);
  create table shop.p (a int, b text) partition by list (a);
  create table shop.p1 partition of shop.p for values in (1);
  create table shop.p2 partition of shop.p default;
  alter table shop.t owner to shop_owner;
  insert into shop.t values (1, 'old'), (2, 'old');
  insert into shop.p values (1, 'old'), (2, 'old');
`;

/** What one statement adds to the change log, by table, verb and the row as `a b`. */
function loggedBy(sql: string): Promise<string[]> {
  return session.rolledBack(async () => {
    await session.script(tables);
    const { last } = await session.row<{ last: number }>('select coalesce(max(id), 0) as last from audit.change_log');
    await session.script(sql);
    const { rows } = await session.query<Change>(
      'select table_name, operation, row_data from audit.change_log where id > $1 order by id',
      [last],
    );
    return rows.map(({ table_name, operation, row_data }) =>
      [operation, table_name, row_data ? Object.values(row_data).join(' ') : ''].join(' ').trim(),
    );
  });
}

describe('the change log', () => {
  test.each([
    [
      'INSERT of several rows',
      "insert into shop.t values (3, 'c'), (4, 'd')",
      ['INSERT shop.t 3 c', 'INSERT shop.t 4 d'],
    ],
    ['UPDATE, the new row', "update shop.t set b = 'new' where a = 1", ['UPDATE shop.t 1 new']],
    ['DELETE, the old row', 'delete from shop.t where a = 2', ['DELETE shop.t 2 old']],
    ['TRUNCATE, which has no rows', 'truncate shop.t', ['TRUNCATE shop.t']],
    ['nothing, where no row changed', 'update shop.t set b = b where false', []],
    [
      'ON CONFLICT, each row as what became of it',
      "insert into shop.t values (1, 'again'), (9, 'fresh') on conflict (a) do update set b = excluded.b",
      ['INSERT shop.t 9 fresh', 'UPDATE shop.t 1 again'],
    ],
    [
      'MERGE, each row as what became of it',
      `merge into shop.t using (values (1), (2), (9)) as s (a) on t.a = s.a
       when matched and t.a = 1 then update set b = 'merged' when matched then delete
       when not matched then insert values (s.a, 'merged')`,
      ['DELETE shop.t 2 old', 'INSERT shop.t 9 merged', 'UPDATE shop.t 1 merged'],
    ],
    ['an insert through a partitioned table', "insert into shop.p values (1, 'x')", ['INSERT shop.p 1 x']],
    ['an insert into a partition itself', "insert into shop.p1 values (1, 'x')", ['INSERT shop.p1 1 x']],
    ['an update that moves a row to another partition', 'update shop.p set a = 7 where a = 1', ['UPDATE shop.p 7 old']],
    [
      'TRUNCATE of a partitioned table, and of what it holds',
      'truncate shop.p',
      ['TRUNCATE shop.p', 'TRUNCATE shop.p1', 'TRUNCATE shop.p2'],
    ],
    [
      'a common table expression that writes',
      'with gone as (delete from shop.t where a = 1 returning *) insert into shop.p select * from gone',
      ['DELETE shop.t 1 old', 'INSERT shop.p 1 old'],
    ],
  ])('has %s', async (_what, sql, logged) => {
    expect((await loggedBy(sql)).sort()).toEqual(logged);
  });

  test('has COPY', async () => {
    const sql = "copy shop.t from program 'printf ''7\\tcopied\\n''';";
    expect(await loggedBy(sql)).toEqual(['INSERT shop.t 7 copied']);
  });

  test('has the row whatever its columns are called', async () => {
    const columns = ['changed', 'new_rows', 'old_rows', 'target', 'acting', 'tg_op', 'row_data', 'table_name'];
    const sql = `create table shop.odd (${columns.map((name) => `${name} int default 1`).join(', ')});
                 insert into shop.odd default values; update shop.odd set target = 2; delete from shop.odd`;
    expect(await loggedBy(sql)).toEqual([
      'INSERT shop.odd 1 1 1 1 1 1 1 1',
      'UPDATE shop.odd 1 1 2 1 1 1 1 1',
      'DELETE shop.odd 1 1 2 1 1 1 1 1',
    ]);
  });

  test('has changes that are made with ordinary triggers switched off', async () => {
    const sql = 'set local session_replication_role = replica; delete from shop.t where a = 1';
    expect(await loggedBy(sql)).toEqual(['DELETE shop.t 1 old']);
  });

  test('says who logged in, and as whom they acted', async () => {
    await session.rolledBack(async () => {
      await session.script(`${tables} set local role shop_owner; delete from shop.t where a = 1; reset role;
        create role visitor; grant usage on schema shop to visitor; grant insert, select on shop.t to visitor;
        set local session authorization visitor; insert into shop.t values (8, 'v')`);
      await session.query('reset session authorization');
      const { rows } = await session.query(
        `select operation, user_name, role_name from audit.change_log where row_data ->> 'a' in ('1', '8') order by id desc limit 2`,
      );
      expect(rows).toEqual([
        { operation: 'INSERT', user_name: 'visitor', role_name: 'visitor' },
        { operation: 'DELETE', user_name: 'tiny_admin', role_name: 'shop_owner' },
      ]);
    });
  });

  test('is closed to whoever can change a domain', async () => {
    for (const role of ['shop_owner', 'shop_service', 'agent', 'views_owner', 'desk_linker']) {
      for (const statement of ['select from audit.change_log', 'insert into audit.change_log values (default)']) {
        const work = session.rolledBack(async () => {
          await session.setLocalRole(role);
          return session.query(statement);
        });
        await expect(work, `${role}: ${statement}`).rejects.toMatchObject({ code: '42501' });
      }
    }
  });

  test('cannot be written to by calling its trigger, nor by a table of one’s own', async () => {
    const trigger = `create table public.mine (a int);
      create trigger forge after insert on public.mine referencing new table as new_rows
      for each statement execute function audit.log_change()`;
    const forged = session.rolledBack(async () => {
      await session.script('grant create, usage on schema public to shop_owner');
      await session.setLocalRole('shop_owner');
      await session.script(trigger);
    });
    await expect(forged).rejects.toMatchObject({ cause: { code: '42501' } });
  });
});

const grown: Record<string, string> = {
  'audit.migration_log': "(version, sha256, applied_by, duration_ms) values ('v', repeat('a', 64), 'x', 1)",
  'audit.change_log': "(table_name, operation, user_name, role_name) values ('t', 'INSERT', 'x', 'x')",
  'audit.bootstrap_status': "(version, run_id) values ('v', 'r')",
  'audit.linkage_verification': "(run_id, link_column, total, linked) values ('r', 'c', 1, 1)",
  'audit.lease_event': "(lease, profile, event, expires_at, by) values ('l', 'p', 'minted', now(), 'x')",
  'audit.promotion':
    "(promotion_id, run_id, report_sha256, source_commit, actor, migrations) values ('p', 'r', repeat('a', 64), 'c', 'x', '[]')",
};

describe('append-only tables', () => {
  test('are all the tables of audit', async () => {
    const { rows } = await session.query<{ table: string }>(
      "select oid::regclass::text as table from pg_class where relnamespace = 'audit'::regnamespace and relkind in ('r', 'p') order by 1",
    );
    expect(rows.map(({ table }) => table)).toEqual(Object.keys(grown).sort());
  });

  describe.each(Object.entries(grown))('%s', (table, row) => {
    test.each([
      ['UPDATE', `update ${table} set ${/\((\w+)/.exec(row)![1]} = 'x'`],
      ['DELETE', `delete from ${table}`],
      ['TRUNCATE', `truncate ${table}`],
    ])('takes INSERT and refuses %s, for its owner, a superuser, and without ordinary triggers', async (verb, sql) => {
      for (const before of ['', 'set local role audit_owner', 'set local session_replication_role = replica']) {
        const work = session.rolledBack(() => session.script(`insert into ${table} ${row}; ${before}; ${sql}`));
        await expect(work, before).rejects.toMatchObject({
          cause: { code: 'DD001', message: `${table} is append-only: ${verb.toLowerCase()} is refused` },
        });
      }
    });
  });
});

describe('PUBLIC', () => {
  test('connects to no database, however it is called', async () => {
    await using admin = await staging.connect('postgres');
    const { rows } = await admin.query<{ datname: string }>(
      `select datname from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) as granted where grantee = 0 and datallowconn`,
    );
    expect(rows).toEqual([]);
    await admin.query(`create role stranger login password '${'p'.repeat(10)}'`);
    for (const database of [staging.project.config.database, 'postgres', 'template1']) {
      const target = { ...staging.target(database), user: 'stranger', password: 'p'.repeat(10) };
      await expect(Session.open(target)).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
    }
  });

  test('executes no function, and enters no schema, that Drydock made', async () => {
    const { rows } = await session.query(
      `select proname as name from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) as granted
       where grantee = 0 and pronamespace in ('audit'::regnamespace, 'drydock'::regnamespace, 'desk'::regnamespace, 'shop'::regnamespace)
       union all
       select nspname from pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) as granted
       where grantee = 0 and nspname !~ '^pg_|^information_schema$'`,
    );
    expect(rows).toEqual([]);
  });
});
