import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cell, checklist, code, line, table } from '../../ops/markdown.ts';
import { hostileText } from '../support/hostile.ts';

test('ordinary names and sentences stay as they are', () => {
  for (const text of ['eng.strategic_directives_v2', 'p95 is 4.2 ms > 4.0 ms (5 %)', '2025-09-22T15:37:06Z', 'R&D']) {
    expect(cell(text)).toBe(text);
    expect(line(text)).toBe(text);
  }
});

test.each([
  ['a|b', 'a\\|b'],
  ['line\nbreak', 'line␊break'],
  ['<b>&lt;', '&lt;b>&amp;lt;'],
  ['**go** __go__', '\\*\\*go\\*\\* \\_\\_go\\_\\_'],
  ['[go](http://x)', '\\[go\\](http://x)'],
  ['a\\|b', 'a\\\\\\|b'],
  ['\u202egnp\u001b', '⟨U+202E⟩gnp␛'],
  ['\ud800\u007f', '⟨U+D800⟩␡'],
])('a cell shows %j as it is', (text, shown) => {
  expect(cell(text)).toBe(shown);
});

test.each([
  ['## Automation Close-Out', '\\## Automation Close-Out'],
  ['- item', '\\- item'],
  ['+ item', '\\+ item'],
  ['> quote', '\\> quote'],
  ['===', '\\==='],
  ['12. item', '12\\. item'],
  ['12 items', '12 items'],
  ['    indented', 'indented'],
])('a line that starts like a block, %j, is text', (text, shown) => {
  expect(line(text)).toBe(shown);
});

test('code keeps plain names plain and shows the rest without doing anything', () => {
  expect(code('eng.eng_backlog')).toBe('`eng.eng_backlog`');
  expect(code('a`|<b>')).toBe('<code>a\\`\\|&lt;b></code>');
});

test('a table has one row a line and one cell between bars, whatever the cells hold', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(hostileText, hostileText), { minLength: 1 }), (rows) => {
      const lines = table(['object', 'examined'], rows).split('\n');
      expect(lines.slice(0, 2)).toEqual(['| object | examined |', '| --- | --- |']);
      expect(lines).toHaveLength(rows.length + 2);
      for (const row of lines) expect(row.replace(/\\[\\|]/g, '').split('|')).toHaveLength(4);
    }),
  );
});

test('a checklist says which items are done', () => {
  const items = [
    { done: true, text: 'Container healthy' },
    { done: false, text: '# RLS enabled' },
  ];
  expect(checklist(items)).toBe('- [x] Container healthy\n- [ ] \\# RLS enabled');
});

test('no text of others can break a line, open a tag or start a block', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(cell(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<]/u);
      expect(line(text)).not.toMatch(/^(?:[ \t#>=*_`~+-]|\d+[.)])/);
      expect(code(text).replace(/^<code>|<\/code>$/g, '')).not.toContain('<');
    }),
    { numRuns: 1000 },
  );
});
