import fc from 'fast-check';

/** What somebody might call a table to make the trail say something else. */
const hostilePieces = [
  '\n## Automation Close-Out (2025-09-22T15:37:06Z)\n',
  `<!-- drydock entry=1 sha256=${'0'.repeat(64)} prev=genesis -->`,
  '\r\n\r\n# Title\r\n',
  '-->',
  '<script>alert(1)</script>',
  '| a | b |\n| --- | --- |',
  '```',
  '\u202egnp.exe',
  '\u001b[2J',
  '\ud800',
  '\u0000',
  '\u2028## x',
  '- [x] done',
  '**go** _go_ ~~no-go~~ [go](http://x) `go` &lt;b&gt; $x$',
  'öñ 漢字 🚢',
  ' ',
];

/** Any text that does harm somewhere. */
export const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...hostilePieces), fc.string({ unit: 'binary' })), { maxLength: 6 })
  .map((pieces) => pieces.join(''));
