import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../ops/postgres/index.ts';
import type { Measurement } from '../../../stage/measurement.ts';
import { measureBefore, prove, type Before } from '../../../stage/promotion/proof.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
let session: Session;

beforeAll(async () => {
  staging = await (await Staging.start({ file: tinyFile })).run('bootstrap', 'apply', 'backfill');
  session = await staging.connect();
});
afterAll(async () => {
  await session.close();
  await staging[Symbol.asyncDispose]();
});

const neverHeld = `set local role shop_owner;
  alter table shop.orders add constraint labelled check (label <> 'x') not valid; reset role`;
const tooMany = 'grant delete on shop.orders to agent';

/** What is proven in a transaction that did this, by the verdicts before it. */
async function proven(id: string, change: string, before: Before): Promise<Measurement> {
  const { project } = staging;
  const made = await session.rolledBack(async () => {
    await session.script(change);
    return prove(session, project, before, new Date());
  });
  return made.find((measurement) => measurement.id === id)!;
}

describe('what a promotion proves before it commits', () => {
  test('is that data which was as it should be still is', async () => {
    const before = await measureBefore(session, staging.project);
    expect(before.get('check/constraints_hold')).toMatchObject({ verdict: 'go' });
    expect(await proven('check/constraints_hold', neverHeld, before)).toMatchObject({
      verdict: 'no-go',
      severity: 'error',
    });
  });

  test('is not that data is better than it was', async () => {
    const before = new Map(await measureBefore(session, staging.project));
    before.set('check/constraints_hold', { ...before.get('check/constraints_hold')!, verdict: 'no-go' });
    expect(await proven('check/constraints_hold', neverHeld, before)).toMatchObject({
      verdict: 'go',
      severity: 'warning',
      title: expect.stringMatching(/\(no-go, as before\)$/),
    });
  });

  test('is that every right observed is the right of the contract', async () => {
    const before = await measureBefore(session, staging.project);
    const clean = await proven('probe/rights', 'select 1', before);
    expect(clean).toMatchObject({ verdict: 'go', findings: [] });
    expect(clean.examined).toBeGreaterThan(50);
    expect((await proven('probe/rights', tooMany, before)).verdict).toBe('no-go');
  });
});
