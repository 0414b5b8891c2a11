import { describe, expect, test } from 'vitest';
import { Comparison } from '../../../audit-log/records/proof/compare.ts';

const workspace = 'aa'.repeat(16);

/** The packed entry of a record: id, workspace, time, transaction, leaf. */
function entry(record: number, given: { transaction?: bigint; leaf?: string } = {}): Buffer {
  const { transaction = BigInt(record), leaf = 'ee' } = given;
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(transaction, 8);
  const id = Buffer.from(record.toString(16).padStart(32, '0'), 'hex');
  return Buffer.concat([id, Buffer.from(workspace, 'hex'), numbers, Buffer.from(leaf.repeat(32), 'hex')]);
}

function compared(...ranges: [sealed: Buffer[], found: Buffer[]][]): [kind: string, position: number | undefined][] {
  const comparison = new Comparison(new Map());
  for (const [sealed, found] of ranges) comparison.range(Buffer.concat(sealed), Buffer.concat(found));
  return comparison.finish().problems.map(({ kind, position }) => [kind, position]);
}

describe('records as they are against records as they were sealed', () => {
  test('are the same in any order within a range', () => {
    expect(
      compared([
        [entry(1), entry(2)],
        [entry(2), entry(1)],
      ]),
    ).toEqual([]);
  });

  test('were reordered, not deleted and forged, where one left its range for another', () => {
    const late = entry(1, { transaction: 9n });
    expect(compared([[entry(1), entry(2)], [entry(2)]], [[entry(3)], [entry(3), late]])).toEqual([['reordered', 1]]);
    expect(compared([[entry(2)], [entry(2), entry(3, { transaction: 2n })]], [[entry(3)], []])).toEqual([
      ['reordered', 2],
    ]);
  });

  test('are deleted, forged or edited one by one', () => {
    const [edited, forged] = [entry(2, { leaf: 'ff' }), entry(7)];
    expect(
      compared([
        [entry(1), entry(2), entry(3)],
        [edited, entry(3), forged],
      ]),
    ).toEqual([
      ['edited', 2],
      ['deleted', 1],
      ['added', undefined],
    ]);
  });
});
