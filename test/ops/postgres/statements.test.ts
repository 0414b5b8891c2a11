import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseScript } from '../../../ops/postgres/index.ts';

const statement = fc.constantFrom(
  'select 1',
  'select \'ä;🚢\' as "Spalte;"',
  'select $tag$ ; -- no comment $tag$',
  'create table s.t (a int /* inner; */, b text)',
  "do $$ begin perform 1; raise notice ';'; end $$",
  "update s.t set a = 1 -- reason; here\n where b = '🚢'",
);
const blank = fc.constantFrom(
  '',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '-- ü; comment\n',
  '/* 🚢; */',
  '/* a /* nested; */ b */ ',
  '/**/',
);
const gap = fc.array(blank, { maxLength: 4 }).map((parts) => parts.join(''));

test('a statement stands in the script where its start says, whatever stands around it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(gap, statement), { minLength: 1, maxLength: 5 }), gap, async (parts, end) => {
      const script = parts.map(([before, text]) => `${before}${text}`).join(';') + `;${end}`;
      const parsed = await parseScript(script);
      expect(parsed?.map(({ text }) => text.trimEnd())).toEqual(parts.map(([, text]) => text));
      for (const { text, start } of parsed!) expect(script.slice(start, start + text.length)).toBe(text);
    }),
  );
});

test('empty statements and comments are none', async () => {
  expect(await parseScript('; ;-- nothing\n;/* at all */')).toEqual([]);
});

test('the kind of a statement is that of its parse tree', async () => {
  const parsed = await parseScript('begin; create view v as select 1; select 1');
  expect(parsed?.map(({ kind }) => kind)).toEqual(['TransactionStmt', 'ViewStmt', 'SelectStmt']);
});

test('what is not SQL is left to the server, whose error is the better one', async () => {
  expect(await parseScript('selekt 1')).toBeUndefined();
});
