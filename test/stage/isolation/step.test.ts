import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifier, type Session } from '../../../ops/postgres/index.ts';
import { compareContents, contentsOf } from '../../../stage/contents.ts';
import { Staging } from '../../support/staging.ts';

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

describe('the step that probes', () => {
  /** Everything that a probe could leave behind, but for rows and sequences. */
  async function catalog(): Promise<unknown> {
    return session.row(`
      select
        (select array_agg(to_jsonb(role) order by role.oid) from pg_catalog.pg_roles as role) as roles,
        (select array_agg(to_jsonb(member) order by member.oid) from pg_catalog.pg_auth_members as member) as members,
        (select array_agg(row (relation.oid, relation.relname, relation.relacl, relation.relhastriggers)::text order by relation.oid)
         from pg_catalog.pg_class as relation) as relations,
        (select array_agg(row (namespace.oid, namespace.nspname, namespace.nspacl)::text order by namespace.oid)
         from pg_catalog.pg_namespace as namespace where namespace.nspname !~ '^pg_(toast_)?temp_') as schemas,
        (select array_agg(row (function.oid, function.proacl)::text order by function.oid)
         from pg_catalog.pg_proc as function) as functions,
        (select array_agg(trigger.oid order by trigger.oid) from pg_catalog.pg_trigger as trigger) as triggers`);
  }

  function measurement(id: string) {
    return staging.context.record.measurements.findLast((made) => made.id === id);
  }

  test('finds the example in order, and leaves rows, numbers, roles and catalog as they were', async () => {
    const before = { contents: await contentsOf(session), catalog: await catalog() };
    await staging.run('isolate');
    for (const id of ['probe/rights', 'probe/lease', 'probe/default-deny']) {
      expect(measurement(id), id).toMatchObject({ verdict: 'go', violations: 0, findings: [] });
    }
    expect(measurement('probe/default-deny')).toMatchObject({ examined: 10 });
    expect(compareContents(before.contents, await contentsOf(session))).toEqual({
      changedTables: [],
      movedSequences: [],
    });
    expect(await catalog()).toEqual(before.catalog);
  });

  test('finds what was granted to the credential itself, by logging in with it', async () => {
    const role = staging.context.lease!.role;
    await session.query(`grant delete on eng.backlog_items to ${identifier(role)}`);
    await staging
      .run('isolate')
      .finally(() => session.query(`revoke delete on eng.backlog_items from ${identifier(role)}`));
    expect(measurement('probe/rights')).toMatchObject({ verdict: 'go' });
    expect(measurement('probe/lease')).toMatchObject({
      verdict: 'no-go',
      findings: [
        {
          object: `${role}: DELETE on table eng.backlog_items`,
          detail: 'expected refused, observed allowed: not refused',
        },
      ],
    });
  });

  test('finds rows that a stranger sees', async () => {
    await session.query('create policy open on vh.tasks using (true)');
    await staging.run('isolate').finally(() => session.query('drop policy open on vh.tasks'));
    expect(measurement('probe/default-deny')).toMatchObject({
      verdict: 'no-go',
      findings: [{ object: 'vh.tasks', detail: 'a role without a policy sees 6 of 6 rows' }],
    });
  });
});
