import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, sha256 } from '../../ops/evidence.ts';

const json = fc.jsonValue({ maxDepth: 4 });

test('canonical JSON says the same value', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('canonical JSON does not depend on the order in which keys were written', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

test('keys are sorted as RFC 8785 sorts them: by UTF-16 unit, numbers among them as text', () => {
  const value = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '10': 5, '9': 6, '😀': 7, '\u0080': 8, ö: 9 };
  expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"10":5,"9":6,"\u0080":8,"ö":9,"€":1,"😀":7,"\ufb33":3}');
});

test('what has a JSON form of its own is written in it, and what has none is left out', () => {
  expect(canonicalJson({ at: new Date(0), gone: undefined, list: [undefined, -0] })).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","list":[null,0]}',
  );
});

test('sha256 is that of the bytes', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('é')).toBe(sha256(Buffer.from([0xc3, 0xa9])));
});

/** The same value with the keys of every object written in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)]));
}
