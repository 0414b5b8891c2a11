import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Measurement } from '../../../stage/measurement.ts';
import { measurePolicies } from '../../../stage/policy-cost/index.ts';
import { RunRecord } from '../../../stage/step.ts';
import { loadProject } from '../../../ops/config/index.ts';
import { exampleFile, Staging } from '../../support/staging.ts';
import { Repository } from '../performance/repository.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await Staging.start({ file: (await deskWith()).file });
});
afterAll(() => staging?.[Symbol.asyncDispose]());

const repositories: Repository[] = [];
afterAll(() => Promise.all(repositories.map((repository) => repository[Symbol.asyncDispose]())));

/** Whose ticket it is, and a function that says who asks, by reading a table as such functions do. */
const owned = `alter table desk.tickets add owner text;
create function desk.me() returns text language plpgsql stable set search_path = '' as $$
begin
    return (select role.rolname from pg_catalog.pg_roles as role where role.rolname = session_user);
end $$;
`;

/** The tiny project with tickets that somebody owns, and more. */
async function deskWith(sql = ''): Promise<Repository> {
  const repository = await Repository.of('tiny', 'rows: 20000', {});
  repositories.push(repository);
  const config = await readFile(repository.file, 'utf8');
  await writeFile(repository.file, config.replaceAll('calls: [desk.link_desk]', 'calls: [desk.link_desk, desk.me]'));
  await repository.write('sql/desk/0020_owned.sql', `${owned}\n${sql}`);
  return repository;
}

interface Seen {
  readonly measurement: Measurement;
  readonly summary: string;
  readonly evidence: any[] | undefined;
}

async function measure(file: string): Promise<Seen> {
  const record = new RunRecord();
  const project = await loadProject(file);
  const summary = await measurePolicies({ ...staging.context, project, record });
  const attached = record.evidence.find(({ name }) => name === 'policies.json');
  return { summary, measurement: record.measurements[0]!, evidence: attached && JSON.parse(attached.content) };
}

async function findings(sql: string): Promise<string[]> {
  const { measurement } = await measure((await deskWith(sql)).file);
  expect(measurement).toMatchObject({ id: 'performance/policies', severity: 'warning', verdict: 'go' });
  return measurement.findings.map(({ object, detail }) => `${object}: ${detail}`);
}

const agent = 'create policy own on desk.tickets for select to agent using';
const index = 'create index on desk.tickets (owner);';

describe('the cost of policies', () => {
  test('a function that is called for every row is a warning, with both times and how to write it', async () => {
    const { measurement, evidence } = await measure(
      (await deskWith(`${agent} (owner is not distinct from desk.me());`)).file,
    );
    const [finding, ...others] = measurement.findings;
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level: 'warning', object: 'desk.tickets: own' });
    expect(finding!.detail).toMatch(
      /^calls desk\.me\(\) for every row: [\d.]+ ms as it is, [\d.]+ ms mended, [\d.]+ times, over 20000 rows as agent$/,
    );
    expect(finding!.remedy).toContain('Write (select desk.me())');
    const { cost, suspect } = evidence![0];
    expect(suspect.mended.expression).toBe('(NOT (owner IS DISTINCT FROM (select desk.me())))');
    expect(cost.asIs / cost.mended).toBeGreaterThan(5);
    expect(cost.ratio).toBeGreaterThan(5);
  });

  test('a column that is compared with who asks, and has no index, is one too', async () => {
    expect(await findings(`${agent} (owner = (select desk.me()));`)).toEqual([
      expect.stringMatching(
        /^desk\.tickets: own: compares owner, which no index begins with: .* times, over 20000 rows/,
      ),
    ]);
  });

  test.each([
    ['a call in a query of its own, beside an index', `${index} ${agent} (owner = (select desk.me()));`],
    ['a call that depends on the row', `${agent} (starts_with(subject, 'a') or length(owner) > 3);`],
    ['a column that is looked for among many', `${agent} (owner in (select desk.me()));`],
    ['a constant', `${agent} (owner = 'nobody');`],
    ['every row', `${agent} (true);`],
    [
      'a policy that chooses nothing, because it is for insert',
      `create policy own on desk.tickets for insert to agent with check (owner = desk.me());`,
    ],
  ])('%s is no finding', async (_what, sql) => {
    expect(await findings(sql)).toEqual([]);
  });

  test('what is suspected and proves cheap is no finding, and stands in the evidence with its times', async () => {
    const { measurement, evidence } = await measure(
      (
        await deskWith(
          `${index} ${agent} (${'md5('.repeat(6)}subject${')'.repeat(6)} = '' or owner = current_setting('app.nobody', true));`,
        )
      ).file,
    );
    expect(measurement.findings).toEqual([]);
    expect(evidence).toHaveLength(1);
    expect(evidence![0]).toMatchObject({ rows: 20000, cost: { ratio: expect.any(Number) } });
  });

  test('a table that cannot be filled leaves the suspicion, and says why it was not timed', async () => {
    const refusing = `create function desk.refuse() returns trigger language plpgsql as $$ begin raise 'never'; end $$;
      create trigger refuse before insert on desk.tickets for each row execute function desk.refuse();`;
    expect(await findings(`${index} ${agent} (owner = desk.me()); ${refusing}`)).toEqual([
      'desk.tickets: own: calls desk.me() for every row; not timed: never',
    ]);
  });

  test('the example’s policies are as cheap as they can be, and nothing is made to find that out', async () => {
    await using example = await (await Staging.start({ file: exampleFile })).run('bootstrap', 'apply');
    const record = new RunRecord();
    const made: string[] = [];
    const context = { ...example.context, record, progress: (line: string) => void made.push(line) };
    expect(await measurePolicies(context)).toMatch(/^\d+ policies, 0 dearer than need be$/);
    expect(record.measurements[0]!.examined).toBeGreaterThan(40);
    expect(made).toEqual([]);
  });
});
