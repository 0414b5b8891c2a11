import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SqlError, type Session } from '../../../ops/postgres/index.ts';
import { loadChecks, runCheck, runCheckAsHolder, type Check } from '../../../stage/checks.ts';
import { contentsOf } from '../../../stage/contents.ts';
import type { Measurement } from '../../../stage/measurement.ts';
import { Staging } from '../../support/staging.ts';
import { ChecksFolder } from './folder.ts';

let staging: Staging;
let session: Session;
let folder: ChecksFolder;
let checks: Map<string, Check>;

beforeAll(async () => {
  staging = await (await Staging.start()).rehearse();
  session = await staging.connect();
  folder = await ChecksFolder.make();
  checks = new Map((await loadChecks(staging.project)).map((check) => [check.file.name, check]));
});

afterAll(async () => {
  await session?.close();
  await folder?.[Symbol.asyncDispose]();
  await staging?.[Symbol.asyncDispose]();
});

/** Runs a check of our own, in a transaction that is rolled back. */
async function run(statement: string, header: Record<string, string> = {}): Promise<Measurement> {
  const check = await folder.check(statement, header);
  return session.rolledBack(() => runCheck(session, check));
}

const rows = (...values: string[]) =>
  `select * from (values ${values.join(', ')}) as row (object, examined, violations, detail)`;

test('a check that was stored for a lease writes nothing, by no function of the server either', async () => {
  const statement = "select pg_catalog.lo_create(0)::text as object, 1 as examined, 0 as violations, '' as detail";
  const check = { ...(await folder.check(statement)), as: 'auditor' };
  const running = session.rolledBack(async () => {
    await session.query("insert into drydock.known_check values ($1, $2, repeat('0', 64))", [
      check.file.path,
      statement,
    ]);
    return runCheckAsHolder(session, check, { profile: 'codex_staging' });
  });
  await expect(running).rejects.toMatchObject({ code: '25006' });
});

describe('the verdict', () => {
  test('is go when something was examined and nothing was wrong', async () => {
    expect(await run(rows(`('a', 2, 0, '')`, `('b', 1, 0, '')`))).toMatchObject({
      verdict: 'go',
      examined: 3,
      violations: 0,
      findings: [],
    });
  });

  test('is no-go when anything was wrong, with a finding for each row that was', async () => {
    const measurement = await run(rows(`('a', 2, 0, 'fine')`, `('b', 2, 2, 'broken')`));
    expect(measurement).toMatchObject({ verdict: 'no-go', examined: 4, violations: 2 });
    expect(measurement.findings).toEqual([
      { level: 'error', object: 'b', detail: 'broken', count: 2, remedy: 'A remedy.', file: 'planted.sql' },
    ]);
  });

  test.each([
    ['no row', `${rows(`('a', 1, 0, '')`)} where false`],
    ['rows that examined nothing', rows(`('a', 0, 0, '')`, `('b', 0, 0, '')`)],
    ['violations among nothing', rows(`('a', 0, 1, '')`)],
  ])('is unproven over %s', async (_what, statement) => {
    expect(await run(statement)).toMatchObject({ verdict: 'unproven', reason: 'planted.sql examined nothing' });
  });

  test('says in the words of its header what would give it something', async () => {
    expect(await run(rows(`('a', 0, 0, '')`), { nothing: 'write a row' })).toMatchObject({
      reason: 'planted.sql examined nothing; write a row',
    });
  });

  test('of a warning is go, and the finding is kept as a warning', async () => {
    expect(await run(rows(`('a', 2, 2, 'odd')`), { severity: 'warning' })).toMatchObject({
      verdict: 'go',
      violations: 2,
      findings: [{ level: 'warning', object: 'a', detail: 'odd' }],
    });
  });

  test('of a warning that examined nothing is unproven all the same', async () => {
    expect(await run(rows(`('a', 0, 0, '')`), { severity: 'warning' })).toMatchObject({ verdict: 'unproven' });
  });

  test('is go up to the threshold and no-go above it, with the findings of both', async () => {
    const header = { threshold: '1' };
    expect(await run(rows(`('a', 2, 1, 'one')`), header)).toMatchObject({ verdict: 'go', findings: [{ object: 'a' }] });
    expect(await run(rows(`('a', 2, 2, 'two')`), header)).toMatchObject({
      verdict: 'no-go',
      findings: [{ object: 'a' }],
    });
  });
});

describe('a check', () => {
  test.each([
    ['other columns', 'select 1 as one', 'planted.sql returns (one)'],
    [
      'its columns in another order',
      `select 1 as examined, 'a' as object, 0 as violations, '' as detail`,
      'planted.sql returns (examined, object, violations, detail)',
    ],
    [
      'a column too many',
      `select 'a' as object, 1 as examined, 0 as violations, '' as detail, 1 as more`,
      'planted.sql returns (object, examined, violations, detail, more)',
    ],
  ])('that returns %s is refused', async (_what, statement, message) => {
    const refused = { code: 'CHECK_COLUMNS', message: expect.stringContaining(message) };
    await expect(run(statement)).rejects.toMatchObject(refused);
  });

  test.each([
    ['no number of violations', `('a', 1, null::integer, '')`, 'examined 1 and found null at a'],
    ['no number of things examined', `('a', null::integer, 0, '')`, 'examined null and found 0 at a'],
    ['fewer violations than none', `('b', 1, 1, ''), ('a', 1, -1, '')`, 'examined 1 and found -1 at a'],
    ['half a violation', `('a', 1, 0.5, '')`, 'examined 1 and found 0.5 at a'],
  ])('that returns %s is refused', async (_what, values, message) => {
    const refused = { code: 'CHECK_NUMBERS', message: expect.stringContaining(message) };
    await expect(run(rows(values))).rejects.toMatchObject(refused);
  });

  test.each([
    ['a row', `with gone as (delete from vh.tasks returning 1) ${rows(`('a', 1, 0, '')`)}`],
    ['a table', 'create table vh.made_by_a_check ()'],
    [
      'through a function',
      `select 'a' as object, pg_catalog.nextval('audit.change_log_id_seq') as examined, 0 as violations, '' as detail`,
    ],
  ])('cannot write %s, even as the administrator', async (_what, statement) => {
    const before = await contentsOf(session);
    const error = await run(statement, { as: 'admin' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SqlError);
    expect(error).toMatchObject({ code: 'SQL_FAILED', sqlstate: '25006', location: { file: 'planted.sql' } });
    expect(await contentsOf(session)).toEqual(before);
  });

  test('cannot make its transaction writable again', async () => {
    const statement = `select pg_catalog.set_config('transaction_read_only', 'off', true) as object`;
    await expect(run(statement, { as: 'admin' })).rejects.toMatchObject({ sqlstate: '25001' });
  });

  test('that fails names its file, the line and what the server said', async () => {
    await expect(run('select nowhere.nothing')).rejects.toMatchObject({
      code: 'SQL_FAILED',
      location: { file: 'planted.sql', line: 4, column: 8 },
      message: expect.stringContaining('missing FROM-clause entry for table "nowhere"'),
    });
  });

  test('that fails leaves the transaction to the next one', async () => {
    const failing = await folder.check('select 1 / 0');
    const verdict = await session.rolledBack(async () => {
      await expect(runCheck(session, failing)).rejects.toMatchObject({ sqlstate: '22012' });
      return (await runCheck(session, checks.get('rls')!)).verdict;
    });
    expect(verdict).toBe('go');
  });

  test.each([
    ['the auditor', {}, 'auditor as auditor'],
    ['the role it names', { as: 'vh_member' }, 'vh_member as vh_member'],
    ['the administrator where it says so', { as: 'admin' }, 'ehg_admin as ehg_admin'],
  ])('runs as %s, by session_user too, and leaves no trace of it', async (_who, header, detail) => {
    const measurement = await run(rows(`('who', 1, 1, current_user || ' as ' || session_user)`), header);
    expect(measurement.findings).toMatchObject([{ object: 'who', detail }]);
    expect(await session.row('select current_user, session_user')).toEqual({
      current_user: 'ehg_admin',
      session_user: 'ehg_admin',
    });
  });

  test('sees a fault in a row only as a role that sees the row', async () => {
    const companies = `select 'companies' as object, count(*) as examined, 0 as violations, '' as detail from vh.companies`;
    expect(await run(companies, { as: 'vh_service' })).toMatchObject({ examined: 2 });
    expect(await run(companies, { as: 'vh_member' })).toMatchObject({ examined: 1 });
    await expect(run(companies)).rejects.toMatchObject({ sqlstate: '42501' });
  });
});

describe('Drydock’s own checks, where a fault cannot be planted in the example', () => {
  test('views_compile stops at a view that fails when it is read, and names it', async () => {
    const error = session.rolledBack(async () => {
      await session.script(
        'create view views.broken as select 1 / 0 as never; alter view views.broken owner to views_owner',
      );
      return runCheck(session, checks.get('views_compile')!);
    });
    await expect(error).rejects.toMatchObject({ sqlstate: '22012', message: expect.stringContaining('views.broken') });
  });

  test('views_compile stops at a view that lost a right it reads with', async () => {
    const error = session.rolledBack(async () => {
      await session.query('revoke select on vh.stage_states from views_owner');
      return runCheck(session, checks.get('views_compile')!);
    });
    await expect(error).rejects.toMatchObject({
      sqlstate: '42501',
      message: expect.stringContaining('permission denied for table stage_states'),
    });
  });

  test('connection finds a server that is too old', async () => {
    const check = checks.get('connection')!;
    const text = check.file.text.replace('150000', '990000');
    expect(text).not.toBe(check.file.text);
    const measurement = await session.rolledBack(() => runCheck(session, { ...check, file: { ...check.file, text } }));
    expect(measurement).toMatchObject({ verdict: 'no-go', findings: [{ object: 'server' }] });
  });

  test('connection is no go in a database that knows no contract', async () => {
    await using elsewhere = await staging.connect('postgres');
    const outcome = elsewhere.rolledBack(() => runCheck(elsewhere, checks.get('connection')!));
    await expect(outcome).rejects.toMatchObject({ sqlstate: '42P01' });
  });
});
