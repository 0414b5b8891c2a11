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

function printed(error: unknown): { code: number; said: string } {
  let said = '';
  const code = printError(error, { err: (text) => void (said += text) });
  return { code, said };
}
