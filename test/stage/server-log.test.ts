import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loggedErrors } from '../../stage/server-log.ts';

const folder = await mkdtemp(join(tmpdir(), 'drydock-log-'));
afterAll(() => rm(folder, { recursive: true }));

/** The errors in a log with these lines. */
async function errorsIn(text: string) {
  await writeFile(join(folder, 'server.log'), text);
  return loggedErrors(join(folder, 'server.log'));
}

const line = (fields: object) => `${JSON.stringify(fields)}\n`;
const failed = {
  error_severity: 'ERROR',
  application_name: 'drydock apply',
  user: 'u',
  state_code: '42P01',
  message: 'm',
};

test('the errors of a log are its lines of ERROR, FATAL and PANIC', async () => {
  const severities = ['LOG', 'ERROR', 'WARNING', 'FATAL', 'NOTICE', 'PANIC', 'DEBUG1'];
  const found = await errorsIn(severities.map((error_severity) => line({ ...failed, error_severity })).join(''));
  expect(found).toEqual(Array(3).fill({ application: 'drydock apply', user: 'u', sqlstate: '42P01', message: 'm' }));
});

test('a message of several lines, or with characters of any kind, is one error', async () => {
  const message = 'first\nsecond "quoted" \u2028 🚢';
  expect(await errorsIn(line({ ...failed, message }))).toMatchObject([{ message }]);
});

test('a line without user or application is one all the same', async () => {
  expect(await errorsIn(line({ error_severity: 'FATAL' }))).toEqual([
    { application: '', user: '', sqlstate: '', message: '' },
  ]);
});

test('the line that is still being written is left for the next time', async () => {
  expect(await errorsIn(`${line(failed)}{"error_severity":"ERR`)).toHaveLength(1);
});

test('a log of nothing has no errors; a log that is not there is no log', async () => {
  expect(await errorsIn('')).toEqual([]);
  expect(await loggedErrors(join(folder, 'gone.log'))).toBeUndefined();
  expect(await loggedErrors(undefined)).toBeUndefined();
});

test('a log that is there and cannot be read is an error', async () => {
  await expect(loggedErrors(folder)).rejects.toMatchObject({ code: 'EISDIR' });
});
