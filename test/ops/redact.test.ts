import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../ops/redact.ts';

/** Long enough to be registered, and nothing that the replacement itself would contain. */
const secret = fc
  .string({ minLength: 8, maxLength: 40, unit: 'grapheme' })
  .filter((text) => !'[redacted]'.includes(text));
const around = fc.string({ maxLength: 40, unit: 'grapheme' });

describe('a registered secret', () => {
  const forms: [string, (secret: string) => string][] = [
    ['as it is', (text) => text],
    ['in a URL', encodeURIComponent],
    [
      'in a URL with lower-case escapes',
      (text) => encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase()),
    ],
    ['in JSON', (text) => JSON.stringify(text).slice(1, -1)],
    ['in base64', (text) => Buffer.from(text).toString('base64')],
    ['in base64 without its padding', (text) => Buffer.from(text).toString('base64').replace(/=+$/, '')],
    ['in base64 for URLs', (text) => Buffer.from(text).toString('base64url')],
  ];

  test.each(forms)('does not survive %s', (_form, written) => {
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), around, around, (secrets, before, after) => {
        const redactor = redactorOf(...secrets);
        const text = secrets.map((known) => before + written(known)).join(after) + after;
        const clean = redactor.redact(text);
        for (const known of secrets) expect(clean).not.toContain(written(known));
      }),
    );
  });

  test('is taken out whole where another secret is a part of it', () => {
    expect(redactorOf('abcdefgh', 'abcdefgh12345678').redact('x abcdefgh12345678 y')).toBe('x [redacted] y');
  });

  test('is left alone when it is too short to be told from a word', () => {
    expect(redactorOf('table').redact('drop table t')).toBe('drop table t');
  });
});

describe('a secret that nobody registered', () => {
  test.each([
    ['postgres://eng:hunter2@db.example:5432/eng', 'postgres://eng:[redacted]@db.example:5432/eng'],
    ['postgresql://:hunter2@db/eng', 'postgresql://:[redacted]@db/eng'],
    ['see redis+tls://x:a%40b@h, then go', 'see redis+tls://x:[redacted]@h, then go'],
    ['postgres://eng:p@ss@db/eng', 'postgres://eng:[redacted]@db/eng'],
    ['POSTGRES://eng:password@db/eng', 'POSTGRES://eng:[redacted]@db/eng'],
    ['postgres://eng:PASSWORD@ss@db/eng', 'postgres://eng:[redacted]@db/eng'],
    ['password=hunter2 host=db', 'password=[redacted] host=db'],
    ["password='it is long' host=db", 'password=[redacted] host=db'],
    ['PGPASSWORD="hunter2" psql', 'PGPASSWORD=[redacted] psql'],
    ['Password: hunter2', 'Password: [redacted]'],
    ['{"password":"hunter2","user":"eng"}', '{"password":"[redacted]","user":"eng"}'],
    ['{"dsn":"password=\\"hunter2\\" host=db"}', '{"dsn":"password=[redacted] host=db"}'],
  ])('%s is written as %s', (text, clean) => {
    expect(new Redactor().redact(text)).toBe(clean);
  });

  test.each([
    'https://db.example:5432/eng',
    'mail to eng@db.example: now',
    'see https://db.example/a:b@c',
    'the password has expired',
    'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE.',
    'password',
    '',
  ])('%j holds none and stays as it is', (text) => {
    expect(new Redactor().redact(text)).toBe(text);
  });
});

describe('what is redacted keeps its form', () => {
  const hostile = fc.oneof(
    fc.constantFrom(
      'password=',
      "password='",
      'password="',
      'password: ',
      '://x:',
      'postgres://u:',
      '@',
      "'",
      '"',
      ', "',
    ),
    around,
  );
  const hostileText = fc.array(hostile, { maxLength: 6 }).map((parts) => parts.join(''));
  const member = fc.tuple(hostileText, fc.oneof(hostileText, fc.array(hostileText)));
  const document = fc.array(member.map(([key, value]) => ({ [`${key}_`]: value, last: 1 })));

  test('JSON is still JSON, with all its members', () => {
    fc.assert(
      fc.property(document, fc.constantFrom(0, 2), (value, indent) => {
        const clean = JSON.parse(redactorOf('a-registered-secret').redact(JSON.stringify(value, null, indent)));
        expect(clean.map((object: object) => Object.keys(object).length)).toEqual(value.map(() => 2));
      }),
      { numRuns: 500 },
    );
  });

  test('lines stay lines, so that a hostile one cannot swallow its neighbours', () => {
    fc.assert(
      fc.property(fc.array(hostileText.map((text) => text.replace(/\s/g, ' '))), (lines) => {
        expect(new Redactor().redact(lines.join('\n')).split('\n')).toHaveLength(lines.join('\n').split('\n').length);
      }),
      { numRuns: 500 },
    );
  });
});

test('a value is redacted in every text of it, and in nothing else', () => {
  const value = { a: ['x s3cret-s3cret y', 5, null], b: { c: 's3cret-s3cret', at: new Date(0) }, d: undefined };
  expect(redactorOf('s3cret-s3cret').redactAll(value)).toEqual({
    a: ['x [redacted] y', 5, null],
    b: { c: '[redacted]', at: new Date(0) },
    d: undefined,
  });
});

test('text without secrets is left as it is', () => {
  const plain = fc.string({ unit: 'grapheme' }).filter((text) => !/:\/\/|password/i.test(text));
  fc.assert(
    fc.property(plain, (text) => {
      expect(redactorOf('s3cret-s3cret').redact(text)).toBe(text);
    }),
  );
});

function redactorOf(...secrets: string[]): Redactor {
  const redactor = new Redactor();
  for (const known of secrets) redactor.add(known);
  return redactor;
}
