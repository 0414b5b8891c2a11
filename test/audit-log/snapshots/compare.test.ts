import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { marked } from 'marked';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  comparisonMarkdown,
  comparisonPage,
  compareSnapshots,
  type CompareRules,
} from '../../../audit-log/snapshots/index.ts';
import { loadSignals } from '../../../ops/config/index.ts';
import { Session, type Target } from '../../../ops/postgres/index.ts';
import { Databases } from '../inventory/support.ts';
import { reportText } from '../../../audit-log/snapshots/report.ts';
import { Snapshots } from './support.ts';

const schema = `
create table public.analytics_run (id integer primary key, created_at timestamptz);
insert into public.analytics_run select n, '2026-11-01 00:00Z'::timestamptz + n * interval '1 hour' from generate_series(1, 3) as n;
create table public.final_result (
    id serial primary key, run_id integer references public.analytics_run, source_data_source_id integer,
    kind text, score numeric, body jsonb, seen_at timestamptz, note text
);
insert into public.final_result (run_id, source_data_source_id, kind, score, body, seen_at, note)
select r, s, case when s % 4 = 0 then 'fallback' else 'temporal' end, s * 0.5, jsonb_build_object('n', s), '2026-11-02 00:00Z', ''
from generate_series(1, 3) as r, generate_series(1, 20) as s;
create table public.keyless (what text);
insert into public.keyless values ('a'), ('a');
`;
const plan =
  'seeds: [{ table: analytics_run, columns: all }, { table: final_result, columns: all }, { table: keyless, columns: all }]\nfollow: { parents: false }';
const signals = `
signals:
  - { id: temporal, table: final_result, where: "kind = 'temporal'", type: positive }
  - { id: fallback, table: final_result, where: "kind = 'fallback'", type: negative, incidence: fallback }
  - { id: empty, table: final_result, where: "note = ''", type: negative, incidence: empty-result }
`;
/** The rerun: every result has a new id; one changed, one went, one came, one differs a little, one in spelling only. */
const rerun = `
truncate public.final_result;
insert into public.final_result (run_id, source_data_source_id, kind, score, body, seen_at, note)
select r, s, case when s % 4 = 0 then 'fallback' else 'temporal' end, s * 0.5, jsonb_build_object('n', s), '2026-11-02 00:00Z', ''
from generate_series(1, 3) as r, generate_series(1, 20) as s;
update public.final_result set kind = 'fallback', note = null where run_id = 1 and source_data_source_id = 1;
delete from public.final_result where run_id = 2 and source_data_source_id = 2;
insert into public.final_result (run_id, source_data_source_id, kind, score) values (3, 21, '=cmd|<b>', 1);
update public.final_result set score = score + 0.001, seen_at = seen_at + interval '1 second' where run_id = 3 and source_data_source_id = 3;
update public.final_result set body = '{"n": 4.0}' where run_id = 3 and source_data_source_id = 4;
`;

let databases: Databases;
let snapshots: Snapshots;
let target: Target;
let before: string;
let after: string;
beforeAll(async () => {
  databases = await Databases.start();
  snapshots = await Snapshots.start();
  target = await databases.create(schema);
  before = (await snapshots.take(target, plan, { signalsText: signals })).folder;
  await using session = await Session.open(target);
  await session.script(rerun);
  after = (await snapshots.take(target, plan, { signalsText: signals })).folder;
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await snapshots[Symbol.asyncDispose]();
});

function compare(old = before, now = after, rules: Partial<CompareRules> = {}, more = {}) {
  return compareSnapshots({
    before: old,
    after: now,
    rules: { keys: new Map(), ignore: new Set(['id']), tolerance: new Map(), ...rules },
    signals: undefined,
    spill: snapshots.folder.path,
    commitsBetween: async () => ['abc1234 2026-11-03 Rerun'],
    ...more,
  });
}

describe('a comparison', () => {
  test('finds rows again by stable keys, though every id is new', async () => {
    const { tables, verdict, commits } = await compare(before, after, {
      tolerance: new Map([
        ['score', 0.01],
        ['seen_at', 2],
      ]),
    });
    const results = tables.find(({ table }) => table === 'public.final_result')!;
    expect(verdict).toBe('no-go');
    expect(commits).toEqual(['abc1234 2026-11-03 Rerun']);
    expect(results.key).toEqual({ columns: ['run_id', 'source_data_source_id'], from: 'default' });
    expect(results.rows).toEqual({ before: 60, after: 60, delta: 0 });
    expect(results.columns.ignored).toEqual(['id']);
    expect(results.changes).toEqual({
      added: 1,
      removed: 1,
      changed: 1,
      within_tolerance: 2,
      matrix: [
        { column: 'kind', rows: 1 },
        { column: 'note', rows: 1 },
      ],
      examples: [
        {
          kind: 'changed',
          key: ['1', '1'],
          changes: [
            { column: 'kind', before: 'temporal', after: 'fallback' },
            { column: 'note', before: '', after: null },
          ],
        },
        { kind: 'removed', key: ['2', '2'], changes: [] },
        { kind: 'added', key: ['3', '21'], changes: [] },
      ],
    });
  });

  test('counts what tolerance would have let pass, without it', async () => {
    const { tables } = await compare();
    const { changes } = tables.find(({ table }) => table === 'public.final_result')!;
    expect(changes).toMatchObject({ changed: 2, within_tolerance: 1 });
  });

  test('gives signal deltas, fallback and empty-result incidence by the same definitions', async () => {
    const { signals: found } = await compare();
    expect(found!.changed).toBe(null);
    expect(
      found!.strict.map(({ id, before: was, after: is, delta, incidence }) => [id, was, is, delta, incidence]),
    ).toEqual([
      ['temporal', 45, 43, -2, null],
      ['fallback', 15, 16, 1, 'fallback'],
      ['empty', 60, 58, -2, 'empty-result'],
    ]);
  });

  test('keeps the old definitions and shows changed ones apart', async () => {
    const changedFile = join(snapshots.folder.path, 'changed.yaml');
    await appendFile(changedFile, signals.replace("kind = 'temporal'", "kind = 'temporal' and score > 5"));
    const { signals: found } = await compare(before, after, {}, { signals: await loadSignals(changedFile) });
    expect(found!.strict[0]).toMatchObject({ before: 45, after: 43 });
    expect(found!.changed![0]).toMatchObject({ before: 21, after: 21 });
  });

  test('is go for a snapshot and itself, but for what has no key', async () => {
    const { verdict, tables } = await compare(before, before);
    expect(tables.find(({ table }) => table === 'public.keyless')!.not_compared).toBe(
      'it has no key; name one with --keys',
    );
    expect(verdict).toBe('unproven');
  });

  test('does not take two rows of one key for one', async () => {
    await expect(compare(before, after, { keys: new Map([['keyless', ['what']]]) })).rejects.toThrow(
      /^public\.keyless in .* has 2 rows with the key what = a\.$/,
    );
    await expect(compare(before, after, { keys: new Map([['final_result', ['gone']]]) })).rejects.toMatchObject({
      code: 'SNAPSHOT_KEY',
    });
  });

  test('takes a null in a key for a value', async () => {
    const holes = await databases.create(`
      create table public.hole (id integer primary key, part text, value text);
      insert into public.hole values (1, null, 'a'), (2, '', 'b'), (3, 'x', 'c');`);
    const hole = 'seeds: [{ table: hole, columns: all }]';
    const was = (await snapshots.take(holes, hole)).folder;
    await using session = await Session.open(holes);
    await session.query("update public.hole set value = 'changed' where part is null");
    const is = (await snapshots.take(holes, hole)).folder;
    const { tables } = await compare(was, is, { keys: new Map([['hole', ['part']]]) });
    expect(tables[0]!.changes).toMatchObject({ added: 0, removed: 0, changed: 1, examples: [{ key: [null] }] });
  });

  test('refuses a snapshot of which a file was changed, and a folder that is none', async () => {
    const edited = (await snapshots.take(target, plan)).folder;
    await appendFile(join(edited, 'public.keyless.csv'), 'b\n');
    await expect(compare(before, edited)).rejects.toThrow('public.keyless.csv is not the file that its sha256 names');
    await expect(compare(before, snapshots.folder.path)).rejects.toMatchObject({ code: 'SNAPSHOT_FILE' });
  });

  test('does not go by a file that gives fewer rows than were exported', async () => {
    const short = (await snapshots.take(target, plan)).folder;
    const manifest = await readFile(join(short, 'manifest.json'), 'utf8');
    await writeFile(join(short, 'manifest.json'), manifest.replace('"rows": 60', '"rows": 61'));
    await expect(compare(before, short)).rejects.toThrow('public.final_result.csv gives 60 rows of 61');
  });

  test('is Markdown and one page, in which no value of the database is markup', async () => {
    const comparison = await compare(before, after, {
      keys: new Map([['final_result', ['run_id', 'source_data_source_id', 'kind']]]),
    });
    const [text, html] = [comparisonMarkdown(comparison), comparisonPage(comparison)];
    expect(text).toContain('| fallback | negative | public.final_result | 15 | 16 | +1 |');
    expect(text).toContain('=cmd\\|&lt;b>');
    expect(html).toContain('=cmd|&lt;b&gt;');
    expect(html).not.toContain('<b>');
  });
});

test('the report of a snapshot shows what names hold, and does nothing else', async () => {
  const evil = '<img src=x onerror=alert(1)>|[go](/x)\n# GO\u001b[2J\u202e';
  const manifest = JSON.parse(await readFile(join(before, 'manifest.json'), 'utf8'));
  Object.assign(manifest, { branch: evil, absent: [evil], cuts: [{ where: evil, reason: evil }] });
  manifest.server.database = evil;
  Object.assign(manifest.tables[0], { schema: evil, table: evil, first_keys: [[evil]] });
  const plain = reportText(JSON.parse(await readFile(join(before, 'manifest.json'), 'utf8')));
  const report = reportText(manifest);
  const html = await marked(report);
  expect(html).not.toMatch(/<img|<a /);
  expect(html.match(/<h\d/g)).toEqual((await marked(plain)).match(/<h\d/g));
  expect(html.match(/<t[dh]/g)).toHaveLength((await marked(plain)).match(/<t[dh]/g)!.length);
  expect(report).not.toMatch(/[\u001b\u202e]/);
});

describe('the signals of a snapshot', () => {
  test('stand beside it with scope, inputs, definitions, counts and candidate rows', async () => {
    const analysis = JSON.parse(await readFile(join(before, 'temporal_negative_manifest.json'), 'utf8'));
    expect(analysis).toMatchObject({
      scope: { branch: 'main', commit_sha: 'a'.repeat(40) },
      definitions_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      input_files: ['public.final_result.csv'],
      signals: [{ id: 'fallback', where: "kind = 'fallback'", examined: 60, count: 15 }, { id: 'empty' }],
    });
    expect(analysis.signals[0].candidates).toHaveLength(15);
    expect(await readFile(join(before, 'temporal_signal_manifest.md'), 'utf8')).toContain('45 of 60 rows.');
  });

  test.each([
    ["kind = 'a'; drop table t", 'SNAPSHOT_REFUSED'],
    ['exists (select from public.other)', 'SNAPSHOT_SIGNAL'],
    ["read_text('/etc/passwd') is not null", 'SNAPSHOT_SIGNAL'],
    ['gone > 1', 'SNAPSHOT_SIGNAL'],
  ])('cannot be %s', async (where, code) => {
    const signalsText = JSON.stringify({ signals: [{ id: 'bad', table: 'final_result', where, type: 'positive' }] });
    await expect(snapshots.take(target, plan, { signalsText })).rejects.toMatchObject({ code });
  });
});
