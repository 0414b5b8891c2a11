import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../../ops/postgres/index.ts';
import { handOver, leaseTermsOf, listLeases } from '../../../stage/leases/index.ts';
import { Staging, tinyFile } from '../../support/staging.ts';

let staging: Staging;
let admin: Session;
let rules: string;

beforeAll(async () => {
  staging = await Staging.start({ file: tinyFile });
  await staging.run('bootstrap', 'apply');
  admin = await staging.connect();
  rules = join(staging.instance.dataDirectory!, 'pg_hba.conf');
});

afterAll(async () => {
  await admin.close();
  await staging[Symbol.asyncDispose]();
});

function hand() {
  const { project } = staging;
  const { config } = project;
  return handOver(admin, {
    project,
    profile: config.lease.profile,
    database: config.database,
    ttlMs: 60_000,
    terms: leaseTermsOf(config),
    by: 'tester',
    lentTo: 'an agent',
    now: new Date(),
    attack: false,
  });
}

async function withRules(change: (before: string) => string, work: () => Promise<void>): Promise<void> {
  const before = await readFile(rules, 'utf8');
  await writeFile(rules, change(before));
  await admin.query('select pg_reload_conf()');
  try {
    await work();
  } finally {
    await writeFile(rules, before);
    await admin.query('select pg_reload_conf()');
  }
}

describe('a hand-over', () => {
  test('shows that the login needs its password, and by what', async () => {
    const { lease, waysIn } = await hand();
    const { host, port } = lease!.target;
    expect(waysIn!.verified).toContain(`${host}:${port} asks for its password`);
    expect(waysIn!.verified).toContain('no rule of pg_hba.conf lets it in without');
    expect(waysIn!.notVerified).toEqual([]);
  });

  test('is refused where a wrong password lets it in, and nothing is left of it', async () => {
    const known = (await listLeases(admin)).length;
    await withRules(
      (before) => `host all +agent 127.0.0.1/32 trust\n${before}`,
      async () => {
        // the server reads its rules a moment after it was told to
        await expect
          .poll(() =>
            hand().then(
              () => 'handed over',
              ({ message }: Error) => message,
            ),
          )
          .toMatch(/a login with a wrong password succeeded/);
        await expect(hand()).rejects.toMatchObject({ code: 'LEASE_TRUSTED' });
      },
    );
    const roles = (await listLeases(admin)).slice(known);
    expect(roles.filter(({ reason }) => reason !== null)).toEqual([]);
  });

  test('is refused where a rule would let it in from elsewhere', async () => {
    await withRules(
      (before) => `${before}host tiny_stage all 10.0.0.0/8 trust\n`,
      async () => {
        await expect
          .poll(() =>
            hand().then(
              () => 'handed over',
              ({ message }: Error) => message,
            ),
          )
          .toMatch(/10\.0\.0\.0.* trust/);
      },
    );
  });

  test('says which other ways in were not tried', async () => {
    await appendFile(rules, 'host all all 10.0.0.0/8 ident\n');
    await admin.query('select pg_reload_conf()');
    await expect
      .poll(async () => (await hand()).waysIn!.notVerified)
      .toMatchObject([expect.stringMatching(/host 10\.0\.0\.0 ident", which was not tried/)]);
  });
});
