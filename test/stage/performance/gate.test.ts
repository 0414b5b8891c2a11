import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../../ops/config/index.ts';
import type { Measurement } from '../../../stage/measurement.ts';
import { measurePerformance } from '../../../stage/performance/index.ts';
import { RunRecord, type StepContext } from '../../../stage/step.ts';
import { Staging } from '../../support/staging.ts';
import { Repository } from './repository.ts';

const bySubject = `-- title: The tickets on one subject
-- why: the desk looks before it opens another
-- as: desk_service

-- drydock: parameters
select subject from desk.tickets order by id limit 50;

-- drydock: query
select id, 1 / (session_user = 'desk_service')::integer as fails_for_others, order_id from desk.tickets where subject = $1;
`;
const index = 'create index tickets_by_subject on desk.tickets (subject);\n';

let staging: Staging;
beforeAll(async () => {
  staging = await Staging.start({ file: (await fresh()).file });
});
afterAll(() => staging?.[Symbol.asyncDispose]());

const repositories: Repository[] = [];
afterAll(() => Promise.all(repositories.map((repository) => repository[Symbol.asyncDispose]())));

/** A tiny project whose tickets have an index on their subject. */
async function fresh(
  workload: Record<string, string> = { 'tickets.sql': bySubject },
  rows = 1000,
): Promise<Repository> {
  const repository = await Repository.of('tiny', `rows: ${rows}, budget: 6s`, workload);
  repositories.push(repository);
  await repository.write('sql/desk/0020_by_subject.sql', index);
  await repository.commit();
  return repository;
}

interface Seen {
  readonly measurement: Measurement;
  readonly summary: string;
  readonly evidence: { tables: { table: string; rows: number }[]; queries: Record<string, any>[] };
}

async function measure(repository: Repository, baseline: string | null = 'HEAD'): Promise<Seen> {
  const record = new RunRecord();
  const project = await loadProject(repository.file);
  const context: StepContext = {
    ...staging.context,
    project,
    record,
    settings: { ...staging.context.settings, baseline: baseline ?? undefined },
  };
  const { summary } = await measurePerformance(context);
  const attached = record.evidence.find(({ name }) => name === 'performance.json')?.content ?? '{}';
  return { summary, measurement: record.measurements[0]!, evidence: JSON.parse(attached) };
}

describe('the performance gate', () => {
  test('blames a migration that drops an index, with the plans of before and after', async () => {
    const repository = await fresh(undefined, 20_000);
    await repository.write('sql/desk/0030_drop.sql', 'drop index desk.tickets_by_subject;\n');
    const { measurement, evidence, summary } = await measure(repository);
    expect(measurement).toMatchObject({ id: 'performance/p95', verdict: 'no-go', examined: 1, violations: 1 });
    expect(measurement.findings[0]).toMatchObject({ object: 'sql/workload/tickets.sql' });
    expect(measurement.findings[0]!.detail).toMatch(
      /p95 .* times .*; plan had: .*tickets_by_subject.*; has: .*Seq Scan/,
    );
    expect(evidence.tables).toContainEqual({ table: 'desk.tickets', wanted: 20000, rows: 20000, problem: null });
    expect(evidence.queries[0]!['ratio'].low).toBeGreaterThan(1.5);
    expect(summary).toContain('1 new migrations: 1 slower');
  });

  test('does not blame a schema that did not change, and leaves no database behind', async () => {
    const { measurement } = await measure(await fresh());
    expect(measurement).toMatchObject({ violations: 0, findings: [] });
    expect(measurement.verdict).not.toBe('no-go');
    await using server = await staging.connect('postgres');
    const { rows } = await server.query(`select datname from pg_database where datname like 'tiny%'`);
    expect(rows).toEqual([]);
  });

  test('finds a query that the new migrations break, as the role that sends it', async () => {
    const repository = await fresh();
    await repository.write('sql/desk/0030_rename.sql', 'alter table desk.tickets rename subject to topic;\n');
    await repository.write(
      'sql/workload/tickets.sql',
      bySubject.replace('order by id limit 50', 'limit 1').replace('select subject', 'select topic'),
    );
    const { measurement } = await measure(repository);
    expect(measurement).toMatchObject({ verdict: 'no-go', violations: 1 });
    expect(measurement.findings[0]!.detail).toContain(
      'no longer runs as desk_service: column "subject" does not exist',
    );
  });

  test('measures nothing where no baseline is named, which leaves the gate unproven', async () => {
    const { measurement, summary } = await measure(await fresh(), null);
    expect(measurement).toBeUndefined();
    expect(summary).toContain('there is no baseline');
  });

  test('is unproven, and says why, where a target was asked and has no baseline', async () => {
    const repository = await fresh();
    const record = new RunRecord();
    const settings = { ...staging.context.settings, noBaseline: 'nothing was promoted to live yet' };
    const project = await loadProject(repository.file);
    await measurePerformance({ ...staging.context, project, record, settings });
    expect(record.measurements).toMatchObject([unproven('nothing was promoted to live yet')]);
  });

  test('is unproven without a query, and where what was promoted was edited', async () => {
    expect((await measure(await fresh({ '.keep': '' }))).measurement).toMatchObject(unproven('there is no query'));
    const edited = await fresh();
    await edited.write('sql/desk/0020_by_subject.sql', `-- edited\n${index}`);
    expect((await measure(edited)).measurement).toMatchObject(unproven('was edited after it was applied'));
  });

  test('is unproven where a table cannot be filled, and says why', async () => {
    const repository = await fresh();
    const refusing = `create function desk.refuse() returns trigger language plpgsql as $$ begin raise 'never'; end $$;
      create trigger refuse before insert on desk.tickets for each row execute function desk.refuse();\n`;
    await repository.write('sql/desk/0015_refuse.sql', refusing);
    await repository.commit();
    const { measurement } = await measure(repository);
    expect(measurement).toMatchObject(unproven('desk.tickets could not be filled: never'));
  });

  test('is unproven where the baseline has no such project, and an error where git does not know it', async () => {
    const repository = await fresh();
    await repository.git('checkout', '--quiet', '--orphan', 'empty');
    await repository.git(
      '-c',
      'user.name=t',
      '-c',
      'user.email=t@example.org',
      'commit',
      '--quiet',
      '--allow-empty',
      '-m',
      'none',
      '--only',
    );
    expect((await measure(repository, 'empty')).measurement).toMatchObject(unproven('empty has no such project yet'));
    await expect(measure(repository, '--all')).rejects.toMatchObject({ code: 'BASELINE_UNKNOWN' });
  });

  test('refuses a query that runs as nobody, and shows where one fails that never ran', async () => {
    const nobody = await fresh({ 'a.sql': bySubject.replace('desk_service', 'nobody_else') });
    await expect(measure(nobody)).rejects.toMatchObject({ code: 'WORKLOAD_ROLE' });
    const wrong = await fresh({ 'a.sql': bySubject.replace('order_id from', 'nothing from') });
    await expect(measure(wrong)).rejects.toMatchObject({
      code: 'SQL_FAILED',
      location: { file: 'sql/workload/a.sql', line: 9 },
    });
  });
});

function unproven(reason: string) {
  return { verdict: 'unproven', reason: expect.stringContaining(reason) };
}
