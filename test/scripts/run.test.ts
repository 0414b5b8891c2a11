import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Report } from '../../stage/report.ts';
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

const folder = await temporaryFolder();
const home = folder.path;
afterAll(() => folder[Symbol.asyncDispose]());

const gateOf = (report: Report, id: string) => report.gates.find((gate) => gate.id === id)!;

describe('drydock run', () => {
  test('says what is wrong in the header of a check before anything is started', async () => {
    await using project = await TestProject.copy(home);
    await project.write('sql/checks/late.sql', '-- title: T\n-- remedy: R.\n-- as: desk_servise\nselect 1');
    const { code, stderr } = await project.drydock('run');
    expect([code, stderr]).toEqual([
      1,
      'CHECK_HEADER: sql/checks/late.sql: there is no role "desk_servise" in this project.\n  Did you mean "-- as: desk_service"?',
    ]);
  });

  test('rehearses a project and goes: one JSON document, a chained entry, nothing left', async () => {
    await using project = await TestProject.copy(home);
    const { code, stdout } = await project.drydock('run', '--json');
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(0);
    expect(report.outcome).toBe('go');
    expect(report.serverVersion).toMatch(/^16\./);
    expect(report.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'start done',
      'lint done',
      'bootstrap done',
      'lend done',
      'apply done',
      'backfill done',
      'hydrate done',
      'ingest done',
      'check done',
      'isolate done',
      'perf done',
      'reclaim done',
      'stop done',
    ]);
    expect(report.gates.filter(({ required }) => required).map(({ verdict }) => verdict)).toEqual(Array(6).fill('go'));
    expect(gateOf(report, 'performance_impact').verdict).toBe('unproven');
    expect(report.trail).toMatchObject({ number: 1, prev: 'genesis' });
    expect(await project.trail()).toContain(`sha256=${report.trail!.sha256}`);
    expect(await project.instances()).toEqual([]);
    expect((await project.drydock('trail', 'verify')).code).toBe(0);
  });

  test('counts what it ingests: one more order is one more', async () => {
    await using project = await TestProject.copy(home);
    await project.edit('sql/backfills/0010_orders.sql', "(3, 'A-3', 'done')", "(3, 'A-3', 'open')");
    const report = JSON.parse((await project.drydock('run', '--json')).stdout) as Report;
    const ingest = report.steps.find(({ name }) => name === 'ingest')!;
    expect(ingest.summary).toContain('3 orders, 2 tickets');
  });

  test('says what it found on the screen, the verdict and the place of the close-out last', async () => {
    await using project = await TestProject.copy(home);
    const { stdout, stderr } = await project.drydock('run');
    expect(stderr).toMatch(/✔ bootstrap .* tiny_stage: 2 domains, 10 roles/);
    expect(stdout).toMatch(/agent +· +· +uSX +uSX +· +uSIU +uS/);
    expect(stdout).toMatch(
      /GO {2}in \d+ ms {2}\(embedded, Postgres 16\.\d+\)\nClose-out 1 in \d{4}-\d\d-\d\d\.md, sha256 [0-9a-f]{64}/,
    );
  });

  test('two runs at once in one checkout do not meet, and both are on the trail', async () => {
    await using project = await TestProject.copy(home);
    const runs = await Promise.all([project.drydock('run', '--json'), project.drydock('run', '--json')]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    const numbers = runs.map(({ stdout }) => (JSON.parse(stdout) as Report).trail!.number);
    expect(numbers.sort()).toEqual([1, 2]);
    expect((await project.drydock('trail', 'verify')).code).toBe(0);
  });

  test('its evidence beside the trail cannot be edited, removed or swapped without trail verify naming it', async () => {
    await using project = await TestProject.copy(home);
    for (const run of [1, 2]) expect([run, (await project.drydock('run')).code]).toEqual([run, 0]);
    const folder = join(project.folder, 'audit-log/trail/evidence');
    const [first, second] = (await readdir(folder)).sort().map((name) => join(folder, name));
    const verified = async () => {
      const { code, stdout } = await project.drydock('trail', 'verify');
      return { code, lines: stdout.split('\n').slice(1).filter(Boolean) };
    };
    const edited = (path: string, entry: number) =>
      expect.stringContaining(
        `evidence/${basename(path)} is not what entry ${entry} names: it was edited or replaced.`,
      );
    const [content, other] = [await readFile(first!), await readFile(second!)];

    await writeFile(first!, content.toString().replace('"outcome": "go"', '"outcome": "no"'));
    expect(await verified()).toEqual({ code: 3, lines: [edited(first!, 1)] });
    await writeFile(first!, other);
    await writeFile(second!, content);
    expect(await verified()).toEqual({ code: 3, lines: [edited(first!, 1), edited(second!, 2)] });
    await writeFile(second!, other);
    await rm(first!);
    await symlink('nowhere', first!);
    expect(await verified()).toEqual({ code: 3, lines: [edited(first!, 1)] });
    await rm(first!);
    expect(await verified()).toEqual({
      code: 3,
      lines: [expect.stringMatching(/evidence with sha256 [0-9a-f]{64}, which entry 1 names, is not there/)],
    });
    await writeFile(first!, content);
    expect((await verified()).code).toBe(0);
  });
});

describe('a run that cannot go', () => {
  test('a broken migration is failed: file, line, column, caret, and Postgres’s hint', async () => {
    await using project = await TestProject.copy(home);
    await project.write('sql/shop/0020_broken.sql', '-- title: Broken\n\nselect id,\n    labl from shop.orders;\n');
    const { code, stdout } = await project.drydock('run');
    expect(code).toBe(1);
    expect(stdout).toContain('SQL_FAILED: sql/shop/0020_broken.sql:4:5: column "labl" does not exist (42703)');
    expect(stdout).toContain('  4 |     labl from shop.orders;\n          ^\n');
    expect(stdout).toContain('Perhaps you meant to reference the column "orders.label"');
    expect(stdout.split('column "labl" does not exist'), 'told once').toHaveLength(2);
    expect(await project.trail()).toMatch(/\| outcome \| failed \|/);
    expect(await project.trail()).toMatch(/\| apply \| failed \|/);
    expect(await project.instances()).toEqual([]);
  });

  test('an error without a position is found by its statement', async () => {
    await using project = await TestProject.copy(home);
    await project.write(
      'sql/shop/0020_broken.sql',
      '-- title: Broken\ncreate table shop.fine (id integer primary key);\n\n/* é */ create table shop.fine (id integer);\n',
    );
    const { stdout } = await project.drydock('run');
    expect(stdout).toContain('sql/shop/0020_broken.sql:4:9: relation "fine" already exists (42P07)');
  });

  test('what a check finds is no-go, with object and remedy', async () => {
    await using project = await TestProject.copy(home);
    await project.edit('sql/desk/0010_tickets.sql', 'order_id integer\n', 'order_id integer references shop.orders\n');
    await project.edit('drydock.yaml', 'reads: [shop.orders]', 'reads: [shop.orders]');
    const { code, stdout } = await project.drydock('run', '--json');
    expect(code).toBe(1); // desk_owner may not even refer to a table of the other domain
    expect((JSON.parse(stdout) as Report).error!.message).toContain('permission denied for schema shop');
  });

  test('a table without a policy is no-go at the gates that it concerns', async () => {
    await using project = await TestProject.copy(home);
    await project.write(
      'sql/shop/0020_bare.sql',
      '-- title: Bare\n\ncreate table shop.bare (id integer primary key);\n',
    );
    const { code, stdout } = await project.drydock('run', '--json');
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(3);
    expect(report.outcome).toBe('no-go');
    expect(gateOf(report, 'rls_active').findings.map(({ object }) => object)).toContain('shop.bare');
  });

  test('a check without rows is unproven, and unproven is not a pass', async () => {
    await using project = await TestProject.copy(home);
    await project.edit('sql/checks/orders_there.sql', 'from shop.orders;', 'from shop.orders having count(*) < 0;');
    const { code, stdout } = await project.drydock('run', '--json');
    expect(code).toBe(4);
    expect(gateOf(JSON.parse(stdout) as Report, 'scripts_complete').reasons).toEqual([
      'check/orders_there: sql/checks/orders_there.sql examined nothing',
    ]);
  });

  test('a check that returns other columns fails the run, and the other checks still ran', async () => {
    await using project = await TestProject.copy(home);
    await project.edit('sql/checks/orders_there.sql', 'count(*) as examined', 'count(*) as looked_at');
    const { code, stdout } = await project.drydock('run', '--json');
    const report = JSON.parse(stdout) as Report;
    expect(code).toBe(1);
    expect(report.error!.message).toBe(
      'sql/checks/orders_there.sql returns (object, looked_at, violations, detail); a check returns (object, examined, violations, detail).',
    );
    expect(gateOf(report, 'views_compile').verdict).toBe('go');
  });

  test('a check that tries to write is stopped by the database', async () => {
    await using project = await TestProject.copy(home);
    await project.edit(
      'sql/checks/orders_there.sql',
      'from shop.orders;',
      "from (select 1) as one, lateral (select set_config('transaction_read_only', 'off', true)) as trick;\n",
    );
    const first = JSON.parse((await project.drydock('run', '--json')).stdout) as Report;
    expect(first.error!.message).toContain('(25001)'); // read-write mode cannot be set again
    await project.edit(
      'sql/checks/orders_there.sql',
      "select 'shop.orders' as object",
      "with w as (update shop.orders set note = '' returning 1) select 'shop.orders' as object",
    );
    const second = JSON.parse((await project.drydock('run', '--json')).stdout) as Report;
    expect(second.error!.message).toContain('cannot execute SELECT in a read-only transaction (25006)');
  });

  test('a migration that is gone takes what the contract says about it along: it is named', async () => {
    await using project = await TestProject.copy(home);
    await project.remove('sql/views/0010_orders_open.sql');
    const { code, stdout } = await project.drydock('run');
    expect(code).toBe(1);
    expect(stdout).toContain('agent: relation views.orders_open');
  });

  test('a contract that names a missing table lists everything that is missing', async () => {
    await using project = await TestProject.copy(home);
    await project.edit(
      'drydock.yaml',
      'shop_service: { shop: [select, insert, update, delete] }',
      'shop_service: { shop: { select: [orders, ordres], update: { orders: [labl] } } }',
    );
    const { code, stdout } = await project.drydock('run');
    expect(code).toBe(1);
    expect(stdout).toContain('CONTRACT_OBJECT_MISSING');
    expect(stdout).toContain('shop_service: column shop.orders.labl');
    expect(stdout).toContain('shop_service: relation shop.ordres');
  });

  test('a backfill that its policies keep from the rows is failed, not "0 rows, success"', async () => {
    await using project = await TestProject.copy(home);
    await project.edit(
      'sql/shop/0010_orders.sql',
      'create policy orders_service on shop.orders for all to shop_service using (true) with check (true);',
      [
        'create policy orders_service on shop.orders for select to shop_service using (true);',
        'create policy orders_adds on shop.orders for insert to shop_service with check (true);',
      ].join('\n'),
    );
    const { code, stdout } = await project.drydock('run');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'BACKFILL_INCOMPLETE: sql/backfills/0030_notes.sql changed 0 of 3 rows; 3 are still to do.',
    );
  });

  test('a migration may neither end its transaction, nor change its role, nor write data unsaid', async () => {
    await using project = await TestProject.copy(home);
    const messageWith = async (sql: string) => {
      await project.write('sql/shop/0020_more.sql', sql);
      return (JSON.parse((await project.drydock('run', '--json')).stdout) as Report).error!.message;
    };
    expect(await messageWith('select 1;\ncommit;\n')).toContain('0020_more.sql:2:1: a migration runs in a transaction');
    expect(await messageWith('reset role;\n')).toContain(
      '0020_more.sql:1:1: a migration runs as the owner of its folder',
    );
    expect(await messageWith("insert into shop.orders (id, label) values (9, 'x');\n")).toContain(
      'changes data (1 rows) without saying how much',
    );
    expect(
      await messageWith('-- drydock: rows 2\n' + "insert into shop.orders (id, label) values (9, 'x');\n"),
    ).toContain('changed 1 rows; it declares 2');
  });

  test('an unknown key stops everything before it starts, all of them at once', async () => {
    await using project = await TestProject.copy(home);
    await project.edit(
      'drydock.yaml',
      'lease: { profile: agent, ttl: 10m }',
      'lease: { profil: agent, ttl: soon }\nmigratoins: []',
    );
    const { code, stdout, stderr } = await project.drydock('run');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('lease.profil: unknown key. Did you mean profile?');
    expect(stderr).toContain('migratoins: unknown key. Did you mean migrations?');
    expect(stderr).toContain('lease.ttl: a duration is a number and a unit');
  });

  test('a folder for data that cannot be used is an error with a way out', async () => {
    await using project = await TestProject.copy('/dev/null/home');
    const { code, stdout, stderr } = await project.drydock('run');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('DRYDOCK_HOME');
  });

  test('an unknown flag and an unknown command are usage errors with the nearest name', async () => {
    await using project = await TestProject.copy(home);
    const flag = await project.drydock('run', '--jsno');
    const command = await project.drydock('rnu');
    expect([flag.code, command.code]).toEqual([2, 2]);
    expect(flag.stderr).toContain('(Did you mean --json?)');
    expect(command.stderr).toContain('(Did you mean run?)');
  });
});
