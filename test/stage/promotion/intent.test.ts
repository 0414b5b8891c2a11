import { expect, test } from 'vitest';
import { join } from 'node:path';
import { forgetIntent, openIntents, writeIntent } from '../../../stage/promotion/intent.ts';
import { temporaryFolder } from '../../support/home.ts';

test('what a promotion intended is found by the next to the same target, oldest first, until its end is written down', async () => {
  await using folder = await temporaryFolder();
  const place = join(folder.path, 'promotions');
  expect(await openIntents(place, 'live')).toEqual([]);
  const intent = { actor: 'ada', runId: 'run-1', startedAt: '2025-09-22T12:00:00Z' };
  for (const promotionId of ['promote-2', 'promote-1'])
    await writeIntent(place, { ...intent, promotionId, target: 'live' });
  await writeIntent(place, { ...intent, promotionId: 'promote-3', target: 'elsewhere' });
  const open = async (target: string) => (await openIntents(place, target)).map(({ promotionId }) => promotionId);
  expect(await open('live')).toEqual(['promote-1', 'promote-2']);
  expect(await open('elsewhere')).toEqual(['promote-3']);
  await forgetIntent(place, 'promote-1');
  expect(await open('live')).toEqual(['promote-2']);
});
