import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Target } from '../../../../ops/postgres/index.ts';
import { untilItAnswers } from '../../../../stage/providers/containers/until-it-answers.ts';
import { adminTarget, embeddedProvider, type Instance } from '../../../../stage/providers/index.ts';
import { host, testHome } from '../../../support/home.ts';

let server: Instance;

beforeAll(async () => {
  const runId = `answering-${randomUUID()}`;
  server = await embeddedProvider(host).start({ runId, admin: 'somebody', home: testHome });
});
afterAll(() => server?.stop());

const here = () => adminTarget(server, 'postgres');
const nowhere = () => ({ ...here(), port: 1 });

/** Waits for a server that is to be found in other places from look to look. */
async function waitFor(...places: (() => Target | undefined)[]) {
  let looks = 0;
  const said = { signal: undefined, lastLines: async () => 'its last words' };
  await using session = await untilItAnswers(async () => places[looks++]!(), said);
  return { looks, answer: await session.row('select 1 as one') };
}

test('a server that goes away after its first answer is waited for, until it answers twice in a row', async () => {
  expect(await waitFor(here, nowhere, here, here)).toEqual({ looks: 4, answer: { one: 1 } });
});

test('a server whose container ends between two answers has failed, with its last words', async () => {
  await expect(waitFor(here, () => undefined)).rejects.toMatchObject({
    code: 'PROVIDER_CONTAINER_FAILED',
    message: expect.stringContaining('its last words'),
  });
});

test('a password that is refused is an answer, and not waited for', async () => {
  const wrong = () => ({ ...here(), password: 'wrong' });
  await expect(waitFor(wrong)).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
});
