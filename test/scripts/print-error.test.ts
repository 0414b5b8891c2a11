import { expect, test } from 'vitest';
import { DrydockError } from '../../ops/errors.ts';
import { printError } from '../../scripts/print-error.ts';

test('an error is told before what went wrong in cleaning up after it, and its exit code counts', async () => {
  const failing = async () => {
    await using _closed = {
      async [Symbol.asyncDispose]() {
        throw new DrydockError('LOCK_UNUSABLE', 'Cannot let go.');
      },
    };
    throw new DrydockError('USAGE_DAY', '"x" is not a day.', { hint: 'Write it as YYYY-MM-DD.' });
  };
  expect(printed(await failing().catch((error: unknown) => error))).toEqual({
    code: 2,
    said: 'USAGE_DAY: "x" is not a day.\n  Write it as YYYY-MM-DD.\n  Then, in cleaning up: Cannot let go.\n',
  });
});

test('what is no error of ours is a bug, with its stack, also where cleaning up failed after it', () => {
  const bug = new TypeError('x is not a function');
  expect(printed(bug).said).toContain('at ');
  const { code, said } = printed(new SuppressedError(new DrydockError('LOCK_UNUSABLE', 'Cannot let go.'), bug));
  expect(code).toBe(1);
  expect(said).toMatch(/^This is a bug in Drydock.*\nTypeError: x is not a function/);
});

test.each([
  ['42501', 'SERVER_REFUSED: The server refused: said (42501).\n  Log in as a role that may'],
  ['25006', 'SERVER_REFUSED: The server refused: said (25006).\n  It takes no writes'],
  ['53100', 'SERVER_FAILED: The server failed: said (53100).\n  Look at its log'],
])('what a server says about rights and room is no bug: %s', (code, said) => {
  const answer = Object.assign(new Error('said'), { severity: 'ERROR', code });
  expect(printed(answer).said).toContain(said);
  expect(printed(new Error('a script failed', { cause: answer }))).toMatchObject({
    code: 1,
    said: expect.stringContaining(said),
  });
});

test('what a server says about our own SQL is a bug, and so is a code that is no server’s', () => {
  const wrong = Object.assign(new Error('no such column'), { severity: 'ERROR', code: '42703' });
  expect(printed(wrong).said).toMatch(/^This is a bug in Drydock/);
  expect(printed(Object.assign(new Error('x'), { code: '42501' })).said).toMatch(/^This is a bug in Drydock/);
});

function printed(error: unknown): { code: number; said: string } {
  let said = '';
  const code = printError(error, { err: (text) => void (said += text) });
  return { code, said };
}
