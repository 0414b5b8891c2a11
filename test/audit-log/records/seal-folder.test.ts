import { sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeKeys } from '../../../audit-log/records/index.ts';
import { signedPart, verifySeals, type Checkpoint } from '../../../audit-log/records/proof/index.ts';
import { SealFolder } from '../../../audit-log/records/seal-folder.ts';
import { temporaryFolder } from '../../support/home.ts';

/** A folder of two checkpoints that nothing happened in, and the keys they were signed with. */
async function twoCheckpoints() {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const [keys, path] = [makeKeys(join(folder.path, 'keys')), join(folder.path, 'seals')];
  const seals = SealFolder.open(path);
  const append = (at: string) =>
    seals.append(Buffer.alloc(0), { horizon: '700', database: '1/shop', at: new Date(at) }, keys);
  append('2025-09-22T12:00:00Z');
  append('2025-09-22T13:00:00Z');
  return { keys, path, append };
}

describe('a folder of seals', () => {
  test('is not believed where a checkpoint is signed under a number that is not its own', async () => {
    const { keys, path } = await twoCheckpoints();
    expect(verifySeals(path, keys.publicKey)).toMatchObject({ checkpoints: 2, problems: [] });
    const file = join(path, '2025-09-22.checkpoints.jsonl');
    const [first, second] = readFileSync(file, 'utf8').split('\n');
    const jumped = { ...(JSON.parse(second!) as Checkpoint), number: 3 };
    const signature = sign(null, signedPart(jumped), keys.sign).toString('base64');
    writeFileSync(file, `${first}\n${JSON.stringify({ ...jumped, signature })}\n`);
    expect(verifySeals(path, keys.publicKey).problems).toMatchObject([{ kind: 'chain', checkpoint: 2 }]);
  });

  test('stays in order when the clock goes back', async () => {
    const { keys, path, append } = await twoCheckpoints();
    append('2025-09-20T00:00:00Z');
    append('2025-09-23T00:00:00Z');
    expect(verifySeals(path, keys.publicKey)).toMatchObject({ checkpoints: 4, problems: [], head: { number: 4 } });
    expect(SealFolder.open(path).last).toMatchObject({ number: 4 });
  });
});
