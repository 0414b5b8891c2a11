import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../ops/postgres/index.ts';
import { probeRows, probeStranger, readObjects, type RowProbe } from '../../../stage/isolation/index.ts';
import { Staging } from '../../support/staging.ts';
import { unguarded } from '../checks/planted-fault.ts';
import { plantBeside, stranger } from './stranger.ts';

let staging: Staging;
let session: Session;

beforeAll(async () => {
  staging = await (await Staging.start()).rehearse();
  session = await staging.connect();
});

afterAll(async () => {
  await session?.close();
  await staging?.[Symbol.asyncDispose]();
});

describe('the rows that the probes observe', () => {
  const filled = (probes: RowProbe[]) => probes.filter(({ total }) => total > 0);

  /** What a role with every right and no policy sees of the tables that hold rows. */
  async function strangerSees(fault: string): Promise<Record<string, number | null>> {
    const probes = await session.rolledBack(async () => {
      await plantBeside(session, fault);
      return probeStranger(session, stranger, await readObjects(session, ['eng', 'vh']));
    });
    return Object.fromEntries(filled(probes).map(({ relation, visible }) => [relation, visible]));
  }

  const nothing = Object.fromEntries(
    [
      'eng.backlog_items',
      'eng.product_requirements_v2',
      'eng.strategic_directives_v2',
      'vh.companies',
      'vh.company_members',
      'vh.member_logins',
      'vh.projects',
      'vh.stage_states',
      'vh.tasks',
      'vh.ventures',
    ].map((relation) => [relation, 0]),
  );

  test('are none for a stranger who holds every grant', async () => {
    expect(await strangerSees('')).toEqual(nothing);
  });

  test('are all once row-level security is disabled', async () => {
    const fault = `${unguarded} alter table eng.backlog_items disable row level security`;
    expect(await strangerSees(fault)).toEqual({ ...nothing, 'eng.backlog_items': 4 });
  });

  test('are still none where it is not forced, which concerns the owner alone', async () => {
    const fault = `${unguarded} alter table eng.backlog_items no force row level security`;
    expect(await strangerSees(fault)).toEqual(nothing);
  });

  test('are those of a policy to PUBLIC', async () => {
    const fault = `create policy open on vh.tasks using (status = 'completed')`;
    expect(await strangerSees(fault)).toEqual({ ...nothing, 'vh.tasks': 2 });
  });

  test('are those of a role that PUBLIC’s policy does not concern, once it is a member of it', async () => {
    expect(
      await strangerSees(`grant vh_member to ${stranger}; create policy open on vh.tasks to vh_member using (true)`),
    ).toEqual({ ...nothing, 'vh.tasks': 6 });
  });

  test('are each role’s own: all for the service, one company’s for its member, no table’s for the analyst', async () => {
    const probes = await session.rolledBack(async () => {
      await plantBeside(session, '');
      const objects = await readObjects(session, ['vh', 'views']);
      return probeRows(session, ['vh_service', 'vh_member', 'analyst_ro'], objects);
    });
    const seen = (role: string, relation: string) => {
      const { visible, total } = probes.find((probe) => probe.role === role && probe.relation === relation)!;
      return [visible, total];
    };
    expect(seen('vh_service', 'vh.companies')).toEqual([2, 2]);
    expect(seen('vh_member', 'vh.companies')).toEqual([1, 2]);
    expect(seen('analyst_ro', 'vh.companies')).toEqual([null, 2]);
    expect(seen('analyst_ro', 'views.eng_backlog_rollup')).toEqual([3, 4]);
    expect(seen('vh_member', 'views.eng_backlog_rollup')).toEqual([null, 4]);
  });
});
