import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences, differencesBeside, dropClone, templateOf, warmUp } from '../../../stage/clones/index.ts';
import { sha256OfFiles } from '../../../stage/clones/files.ts';
import { ClonedStaging, database } from './cloned.ts';

let cloned: ClonedStaging;

/** One of everything that a copy could lose. */
const belongings = `
  create function shop.total() returns bigint language sql as 'select count(*) from shop.orders';
  alter function shop.total() owner to shop_owner;
  create trigger orders_seen before update on shop.orders for each row execute function suppress_redundant_updates_trigger();
  create sequence shop.numbers start 10; alter sequence shop.numbers owner to shop_owner; select nextval('shop.numbers');
  grant usage on sequence shop.numbers to agent; grant select (label) on shop.orders to agent;
  create type shop.mood as enum ('good', 'bad'); create domain shop.plenty as int check (value > 3);
  comment on column shop.orders.label is 'what people call it'; comment on function shop.total() is 'how many';
  alter table shop.orders alter column state set default 'open'; create index orders_by_label on shop.orders (label);
  alter default privileges for role shop_owner in schema shop grant select on tables to agent;
`;

beforeAll(async () => {
  cloned = await ClonedStaging.start('apply');
  await cloned.script(belongings);
  await cloned.script(
    `alter database ${database} set search_path = "$user", 'Mixed Case', public;
     alter role agent in database ${database} set work_mem = '7MB'; alter database ${database} connection limit 77;
     comment on database ${database} is 'a staging''s own words'`,
    'postgres',
  );
  await cloned.template();
});
afterAll(() => cloned[Symbol.asyncDispose]());

test('a clone is like its staging in everything that the catalogs know', async () => {
  await using copy = await Copy.make();
  expect(await copy.inside()).toEqual([]);
});

describe('a difference is found and named when the copy has lost', () => {
  test.each([
    ['the rights on a table', 'revoke insert on shop.orders from agent', 'table shop.orders'],
    ['the rights on a column', 'revoke select (label) on shop.orders from agent', 'column label of table shop.orders'],
    ['the rights on a schema', 'revoke usage on schema shop from agent', 'schema shop'],
    ['the rights on a sequence', 'revoke usage on sequence shop.numbers from agent', 'sequence shop.numbers'],
    ['the limits of a function', 'grant execute on function shop.total() to public', 'function shop.total()'],
    [
      'default privileges',
      'alter default privileges for role shop_owner in schema shop revoke select on tables from agent',
      'default privileges on new relations belonging to role shop_owner in schema shop',
    ],
    ['the owner of a table', 'alter table shop.orders owner to desk_owner', 'table shop.orders'],
    ['the owner of a function', 'alter function shop.total() owner to desk_owner', 'function shop.total()'],
    ['the owner of a schema', 'alter schema shop owner to desk_owner', 'schema shop'],
    ['row-level security', 'alter table shop.orders disable row level security', 'table shop.orders'],
    ['FORCE of it', 'alter table shop.orders no force row level security', 'table shop.orders'],
    ['a policy', 'drop policy tickets_service on desk.tickets', 'policy tickets_service on table desk.tickets'],
    [
      'the condition of a policy',
      'alter policy tickets_service on desk.tickets using (id > 1)',
      'policy tickets_service on table desk.tickets',
    ],
    ['a trigger', 'drop trigger orders_seen on shop.orders', 'trigger orders_seen on table shop.orders'],
    [
      'a trigger that fires',
      'alter table shop.orders disable trigger orders_seen',
      'trigger orders_seen on table shop.orders',
    ],
    ['the event trigger', 'alter event trigger drydock_rls_by_default disable', 'event trigger drydock_rls_by_default'],
    ['the position of a sequence', `select setval('shop.numbers', 10, false)`, 'sequence shop.numbers'],
    ['the comment on a column', 'comment on column shop.orders.label is null', 'column label of table shop.orders'],
    ['the comment on a function', 'comment on function shop.total() is null', 'function shop.total()'],
    ['a default', 'alter table shop.orders alter column state drop default', 'default value for column state'],
    ['an index', 'drop index shop.orders_by_label', 'index shop.orders_by_label'],
    ['a value of a type', `alter type shop.mood rename value 'bad' to 'awful'`, 'type shop.mood'],
    ['a constraint of a domain', 'alter domain shop.plenty drop constraint plenty_check', 'constraint plenty_check'],
    ['an option of a view', 'alter view views.orders_open reset (security_barrier)', 'view views.orders_open'],
  ])('%s', async (_what, loss, object) => {
    await using copy = await Copy.make({ rlsOff: loss.includes('row level') });
    await copy.script(loss);
    expect(await copy.inside()).toContainEqual(expect.stringContaining(object));
    expect(await filesOf(copy.database)).not.toBe(await filesOf('tiny_stage_template'));
  });

  test.each([
    ['a right', `revoke connect on database :copy from :copy_connect`, 'CONNECT for the connect role'],
    ['its closedness', `grant connect on database :copy to public`, 'CONNECT for PUBLIC'],
    ['its owner', `alter database :copy owner to shop_owner`, 'owner'],
    ['a setting', `alter database :copy reset search_path`, 'setting of everybody: search_path'],
    ['a setting of a role', `alter role agent in database :copy reset work_mem`, 'setting of agent: work_mem'],
    ['its connection limit', `alter database :copy connection limit -1`, 'connection limit'],
  ])('%s of the database itself', async (_what, loss, fact) => {
    await using copy = await Copy.make();
    expect(await copy.beside()).toEqual([]);
    await cloned.server.query(loss.replaceAll(':copy', copy.database));
    expect(await copy.beside()).toContainEqual(expect.stringContaining(fact));
  });
});

test('what was changed and changed back is no difference', async () => {
  await using copy = await Copy.make();
  await copy.script('revoke insert on shop.orders from agent; grant insert on shop.orders to agent');
  await copy.script('comment on schema shop is null; analyze');
  expect(await copy.inside()).toEqual([]);
});

describe('the files of a template', () => {
  test('are those of the staging, and of every copy that nobody has been in', async () => {
    await warmUp(cloned.server, database);
    const { files } = (await templateOf(cloned.server, database))!;
    expect(files!.names.length).toBeGreaterThan(60);
    expect(await filesOf('tiny_stage_template')).toBe(files!.sha256);
    expect(await filesOf('tiny_stage_warm')).toBe(files!.sha256);
  });

  test('stand for nothing where they are not what was written down: then the catalogs are asked', async () => {
    await inTemplate('analyze');
    expect(await filesOf('tiny_stage_template')).not.toBe((await templateOf(cloned.server, database))!.files!.sha256);
    await using copy = await Copy.make();
    expect(await copy.inside()).toEqual([]);
  });
});

test.each([
  ['a policy', 'drop policy tickets_agent_reads on desk.tickets'],
  ['a right', 'revoke insert on shop.orders from agent'],
  ['an owner', 'alter function shop.total() owner to desk_owner'],
  ['a position', `select setval('shop.numbers', 10, false)`],
])('a clone of a template that lost %s is refused and not left behind', async (_what, loss) => {
  const before = await cloned.databases();
  await inTemplate(loss);
  const refusal = { code: 'CLONE_UNFAITHFUL', message: expect.stringContaining('fingerprint') };
  await expect(cloned.clone('unfaithful')).rejects.toMatchObject(refusal);
  expect(await cloned.databases()).toEqual(before);
  await expect(cloned.script('select 1', 'tiny_stage_template')).rejects.toThrow('not currently accepting connections');
  await cloned.template();
});

/** The template, open for a moment to somebody who may. */
async function inTemplate(text: string): Promise<void> {
  const template = 'tiny_stage_template';
  await cloned.server.query(`alter database ${template} allow_connections true`);
  await cloned.script(text, template);
  await cloned.server.query(`alter database ${template} allow_connections false`);
}

/** What the files of the template's catalogs come to in a database, once what was written there is on the disk. */
async function filesOf(name: string): Promise<string> {
  const { files } = (await templateOf(cloned.server, database))!;
  await cloned.server.query('checkpoint');
  return sha256OfFiles(cloned.server, name, files!.names);
}

/** A clone to be broken. */
class Copy implements AsyncDisposable {
  readonly name: string;
  readonly database: string;

  private constructor(name: string) {
    this.name = name;
    this.database = `${database}_${name}`;
  }

  static async make({ rlsOff = false } = {}): Promise<Copy> {
    const copy = new Copy(`c${randomBytes(3).toString('hex')}`);
    await cloned.clone(copy.name);
    // what refuses DISABLE and NO FORCE has to be out of the way to plant that
    if (rlsOff) await copy.script('alter event trigger drydock_rls_by_default disable');
    return copy;
  }

  script(text: string): Promise<void> {
    return cloned.script(text, this.database);
  }

  /** Where its contents differ from the staging's. */
  async inside(): Promise<string[]> {
    await using original = await cloned.staging.connect();
    await using copy = await cloned.staging.connect(this.database);
    return (await differences(original, copy)).map(({ object }) => object);
  }

  /** Where the server knows something else of it than of the staging. */
  async beside(): Promise<string[]> {
    const of = (name: string) => ({ database: name, connectRole: `${name}_connect` });
    return (await differencesBeside(cloned.server, of(database), of(this.database))).map(({ object }) => object);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await dropClone(cloned.server, { database, name: this.name, by: 'tester' });
  }
}
