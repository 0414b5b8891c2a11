import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../../ops/postgres/index.ts';
import { ChoppingProxy } from '../../support/chopping-proxy.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
});
afterAll(() => staging?.[Symbol.asyncDispose]());

async function copied(session: Session, select: string) {
  const pieces: Buffer[] = [];
  const outcome = await session.copyOut(`copy (${select}) to stdout (format csv)`, (piece) => void pieces.push(piece));
  return { ...outcome, text: Buffer.concat(pieces).toString(), pieces: pieces.length };
}

describe('copy to stdout', () => {
  test('gives every row as the server spelled it, their number, and the length of the longest', async () => {
    await using session = await Session.open(staging.target('postgres'));
    const { rows, longestRow, text } = await copied(
      session,
      "select n, repeat('x', n % 300) from generate_series(1, 20000) as n",
    );
    expect({ rows, longestRow }).toEqual({ rows: 20000, longestRow: '19799,\n'.length + 299 });
    const lines = Array.from({ length: 20000 }, (_, at) => `${at + 1},${'x'.repeat((at + 1) % 300)}`);
    // an empty text is quoted, so that it is no null
    expect(text).toBe(`${lines.map((line) => (line.endsWith(',') ? `${line}""` : line)).join('\n')}\n`);
    expect(await session.row('select 1 as one')).toEqual({ one: 1 });
  });

  test('wherever the network cuts the stream, in the middle of a header as well', async () => {
    for (const size of [1, 3, 7, 4096]) {
      await using proxy = await ChoppingProxy.before(staging.target('postgres'), size);
      await using session = await Session.open({ ...staging.target('postgres'), port: proxy.port });
      const { rows, text } = await copied(session, "select n, 'row ' || n from generate_series(1, 300) as n");
      expect(rows).toBe(300);
      expect(text).toBe(Array.from({ length: 300 }, (_, at) => `${at + 1},row ${at + 1}\n`).join(''));
      expect(await session.row('select 2 as two')).toEqual({ two: 2 });
    }
  });

  test('takes rows that are longer than a piece, and none at all', async () => {
    await using session = await Session.open(staging.target('postgres'));
    const long = await copied(session, "select repeat('y', 3000000) from generate_series(1, 3)");
    expect({ rows: long.rows, longestRow: long.longestRow, length: long.text.length }).toEqual({
      rows: 3,
      longestRow: 3_000_001,
      length: 9_000_003,
    });
    expect(await copied(session, 'select 1 where false')).toMatchObject({
      rows: 0,
      longestRow: 0,
      text: '',
      pieces: 0,
    });
  });

  test('ends with what the server refused, at once or among the rows, and the session goes on', async () => {
    await using session = await Session.open(staging.target('postgres'));
    await expect(copied(session, 'select nope')).rejects.toMatchObject({ code: '42703' });
    await expect(copied(session, 'select 1 / (500 - n) from generate_series(1, 1000) as n')).rejects.toMatchObject({
      code: '22012',
    });
    expect(await session.row('select 3 as three')).toEqual({ three: 3 });
  });

  test('reads no further while a piece is being taken', async () => {
    await using session = await Session.open(staging.target('postgres'));
    let [taking, most, pieces] = [0, 0, 0];
    const { rows } = await session.copyOut(
      "copy (select repeat('z', 1000) from generate_series(1, 5000)) to stdout",
      async () => {
        taking += 1;
        pieces += 1;
        most = Math.max(most, taking);
        await new Promise((resolve) => setTimeout(resolve, 5));
        taking -= 1;
      },
    );
    expect({ rows, most, taking }).toEqual({ rows: 5000, most: 1, taking: 0 });
    expect(pieces).toBeGreaterThan(5);
  });

  test.each([
    [
      'thrown',
      () => {
        throw new Error('no room');
      },
    ],
    ['rejected', () => Promise.reject(new Error('no room'))],
  ])(
    'ends with an error that was %s by whoever takes it, though it were the last piece, and so does the session',
    async (_, take) => {
      for (const count of [10, 100_000]) {
        await using session = await Session.open(staging.target('postgres'));
        const statement = `copy (select repeat('z', 100) from generate_series(1, ${count})) to stdout`;
        await expect(session.copyOut(statement, take)).rejects.toThrow('no room');
        await expect(session.query('select 1')).rejects.toThrow();
      }
    },
  );

  test('ends with the connection', async () => {
    await using session = await Session.open(staging.target('postgres'));
    await using admin = await Session.open(staging.target('postgres'));
    const { pid } = await session.row<{ pid: number }>('select pg_backend_pid() as pid');
    let ending: Promise<unknown> | undefined;
    const copying = session.copyOut(
      "copy (select repeat('z', 1000) from generate_series(1, 10000000)) to stdout",
      () => void (ending ??= admin.query('select pg_terminate_backend($1)', [pid])),
    );
    await expect(copying).rejects.toThrow(/terminat|unexpectedly/);
    await ending;
  });
});
