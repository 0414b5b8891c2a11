import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../../support/sandbox.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start('apply');
});
afterAll(() => sandbox?.[Symbol.asyncDispose]());

const path = 'sql/backfills/0010_notes.sql';

/** A backfill of shop.orders in one file, by its parts. */
function backfillFile({
  header = '',
  todo = 'select count(*) from shop.orders where note is null',
  change = '',
  report = '',
}) {
  return [
    `-- title: Notes\n-- as: shop_service\n${header}`,
    `-- drydock: todo\n${todo};`,
    `-- drydock: change\n${change};`,
    report && `-- drydock: report\n${report};`,
  ].join('\n');
}

/** A scenario with that backfill alone, and as many orders without a note. */
async function withOrders(
  count: number,
  parts: Parameters<typeof backfillFile>[0],
  files: Record<string, string> = {},
) {
  const scenario = await sandbox.scenario({ 'sql/backfills': null, [path]: backfillFile(parts), ...files });
  await scenario.prepare(
    `insert into shop.orders (id, label) select i, 'A-' || i from generate_series(1, ${count}) as i`,
  );
  return scenario;
}

const walking = {
  header: '-- walks: shop.orders',
  change: "update shop.orders set note = 'n' where :batch and note is null",
};

describe('a backfill', () => {
  test('changes what it counted before, and says what it did', async () => {
    await using scenario = await sandbox.scenario();
    expect(await scenario.run('backfill')).toEqual({ summary: '3 backfills, 8 rows changed', rows: 8, changed: 8 });
    const verdicts = scenario.context.record.measurements.map(({ id, verdict }) => [id, verdict]);
    expect(verdicts).toEqual([
      ['backfill/0010_orders', 'go'],
      ['backfill/0020_tickets', 'go'],
      ['backfill/0030_notes', 'go'],
    ]);
  });

  test('finds nothing to do the second time, and says so', async () => {
    await using scenario = await sandbox.scenario();
    await scenario.run('backfill');
    const changes = 'select count(*) from audit.change_log';
    const before = await scenario.rows(changes);
    expect(await scenario.run('backfill')).toEqual({ summary: '3 backfills, 0 rows changed', rows: 0, changed: 0 });
    const results = JSON.parse(scenario.evidence('backfills.json'));
    expect(results.map(({ expected, changed, remaining }: never) => [expected, changed, remaining])).toEqual(
      Array(3).fill([0, 0, 0]),
    );
    expect(await scenario.rows(changes)).toEqual(before);
  });

  test('acts as the service role it names', async () => {
    await using scenario = await sandbox.scenario();
    await scenario.run('backfill');
    const actors = await scenario.rows('select distinct table_name, role_name from audit.change_log order by 1');
    expect(actors).toEqual([
      { table_name: 'desk.tickets', role_name: 'desk_service' },
      { table_name: 'shop.orders', role_name: 'shop_service' },
    ]);
  });

  test('that a policy keeps from rows is an error, although every UPDATE said success', async () => {
    for (const parts of [walking, { change: "update shop.orders set note = 'n' where note is null" }]) {
      await using scenario = await withOrders(5, {
        ...parts,
        todo: 'select count(*) from shop.orders where note is null',
      });
      await scenario.prepare(
        `drop policy orders_service on shop.orders;
         create policy reads on shop.orders for select to shop_service using (true);
         create policy writes on shop.orders for update to shop_service using (id > 2)`,
      );
      await expect(scenario.run('backfill')).rejects.toMatchObject({
        code: 'BACKFILL_INCOMPLETE',
        message: `${path} changed 3 of 5 rows; 2 are still to do.`,
      });
      expect(scenario.context.record.measurements).toMatchObject([{ verdict: 'no-go', violations: 1 }]);
    }
  });

  test('waits for a lock no longer than it may, and leaves nothing half done', async () => {
    for (const parts of [walking, { change: "update shop.orders set note = 'n' where note is null" }]) {
      await using scenario = await withOrders(5, parts);
      await using holder = await scenario.connect();
      await holder.transaction(async () => {
        await holder.query('select from shop.orders where id = 4 for update');
        await expect(scenario.run('backfill')).rejects.toMatchObject({
          code: 'SQL_FAILED',
          sqlstate: '55P03',
          message: expect.stringMatching(
            /^sql\/backfills\/0010_notes\.sql:\d+:1: canceling statement due to lock timeout/,
          ),
        });
      });
      expect(await scenario.rows('select from shop.orders where note is not null')).toEqual([]);
      expect((await scenario.run('backfill')).rows).toBe(5);
    }
  });

  test('answers its report when it is done', async () => {
    await using scenario = await withOrders(3, { ...walking, report: 'select count(note) as noted from shop.orders' });
    await scenario.run('backfill');
    expect(JSON.parse(scenario.evidence('backfills.json'))).toMatchObject([{ report: [{ noted: 3 }] }]);
  });

  test('begins anew when its file was edited', async () => {
    await using scenario = await withOrders(3, walking);
    await scenario.run('backfill');
    await scenario.write({
      [path]: backfillFile({
        header: '-- walks: shop.orders',
        todo: "select count(*) from shop.orders where note = 'n'",
        change: "update shop.orders set note = 'm' where :batch and note = 'n'",
      }),
    });
    expect((await scenario.run('backfill')).rows).toBe(3);
  });
});

describe('a backfill that is written wrongly is refused', () => {
  test.each([
    ['a todo of words', { todo: "select 'many'" }, 'BACKFILL_TODO', 'returned "many", not a count'],
    ['a todo below nothing', { todo: 'select -1' }, 'BACKFILL_TODO', 'returned -1, not a count'],
    ['a todo of null', { todo: 'select null::bigint' }, 'BACKFILL_TODO', 'returned null, not a count'],
    ['a todo without a row', { todo: 'select 1 where false' }, 'BACKFILL_TODO', 'returned 0 values, not a count'],
    ['a todo of several rows', { todo: 'select 1 union select 2' }, 'BACKFILL_TODO', 'returned 2 values, not a count'],
    [
      'a todo that writes',
      { todo: 'with w as (delete from shop.orders returning 1) select count(*) from w' },
      'SQL_FAILED',
      ':5:1: cannot execute SELECT in a read-only transaction',
    ],
    [
      'two statements in one section',
      { change: 'update shop.orders set note = $$a$$; update shop.orders set note = $$b$$' },
      'SQL_FAILED',
      'multiple commands',
    ],
    ['a walk without :batch', { header: '-- walks: shop.orders' }, 'BACKFILL_SECTIONS', 'its change has no :batch'],
    [
      'a walk of a CSV file',
      { ...walking, header: '-- walks: shop.orders\n-- csv: x.csv' },
      'BACKFILL_HEADER',
      'it can do one of them',
    ],
    [
      'a batch of words',
      { ...walking, header: '-- walks: shop.orders\n-- batch: many' },
      'BACKFILL_HEADER',
      '"many" is not a number of rows',
    ],
    [
      'a batch of nothing',
      { ...walking, header: '-- walks: shop.orders\n-- batch: 0' },
      'BACKFILL_HEADER',
      '"0" is not a number of rows',
    ],
    [
      'a walk of no table',
      { ...walking, header: '-- walks: shop.nothing' },
      'BACKFILL_NO_TABLE',
      'walks shop.nothing, which is not there',
    ],
  ])('%s', async (_what, parts, code, said) => {
    await using scenario = await withOrders(2, {
      change: "update shop.orders set note = 'n' where note is null",
      ...parts,
    });
    const error = expect.objectContaining({ code, message: expect.stringContaining(said) });
    await expect(scenario.run('backfill')).rejects.toEqual(error);
    expect(await scenario.rows('select from shop.orders where note is not null')).toEqual([]);
  });

  test('a section that is missing is named', async () => {
    await using scenario = await sandbox.scenario({ [path]: '-- title: x\n-- drydock: todo\nselect 1' });
    await expect(scenario.run('backfill')).rejects.toMatchObject({
      code: 'BACKFILL_SECTIONS',
      message: `${path} has no change section.`,
    });
  });

  test('an error behind the placeholder is shown where it stands', async () => {
    await using scenario = await withOrders(2, {
      header: '-- walks: shop.orders',
      change: "update shop.orders set note = 'n'\nwhere :batch and nope is null",
    });
    await expect(scenario.run('backfill')).rejects.toMatchObject({ location: { file: path, line: 8, column: 18 } });
  });
});

describe('a CSV file', () => {
  const parts = {
    header: '-- csv: data/orders.csv',
    todo: "select count(*) from jsonb_to_recordset(:'csv'::jsonb) as c (id int) where not exists (select from shop.orders where orders.id = c.id)",
    change:
      "insert into shop.orders (id, label, note) select id, label, note from jsonb_to_recordset(:'csv'::jsonb) as c (id int, label text, note text)",
  };

  test('keeps quotes, line breaks and empty values, whatever editor wrote it', async () => {
    const csv = '\ufeffid,label,note\r\n1,"say ""hi""","two\r\nlines"\r\n2,"$1 and :\'csv\'",\r\n\r\n3,ü🚢,"a,b"\r\n';
    await using scenario = await withOrders(0, parts, { 'data/orders.csv': csv });
    await scenario.run('backfill');
    expect(await scenario.rows('select id, label, note from shop.orders order by id')).toEqual([
      { id: 1, label: 'say "hi"', note: 'two\r\nlines' },
      { id: 2, label: "$1 and :'csv'", note: '' },
      { id: 3, label: 'ü🚢', note: 'a,b' },
    ]);
  });

  test('with a heading alone is nothing to do', async () => {
    await using scenario = await withOrders(0, parts, { 'data/orders.csv': 'id,label,note\n' });
    expect((await scenario.run('backfill')).rows).toBe(0);
  });

  test.each([
    ['that is not there', {}, 'ENOENT'],
    ['with a row too short', { 'data/orders.csv': 'id,label\n1\n' }, 'CSV_RECORD_INCONSISTENT_COLUMNS'],
    ['with an open quote', { 'data/orders.csv': 'id,label\n1,"x\n' }, 'CSV_QUOTE_NOT_CLOSED'],
  ])('%s is named, with the file that reads it', async (_what, files, code) => {
    await using scenario = await withOrders(0, parts, files);
    await expect(scenario.run('backfill')).rejects.toMatchObject({
      code: 'BACKFILL_CSV',
      message: `${path} reads data/orders.csv, which cannot be read as CSV: ${code}.`,
    });
  });
});
