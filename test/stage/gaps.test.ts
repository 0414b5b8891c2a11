import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../ops/postgres/index.ts';
import { rowsOfCsv } from '../../ops/csv.ts';
import { loadChecks, runCheck } from '../../stage/checks.ts';
import { listGaps, type GapList } from '../../stage/gaps.ts';
import { Staging } from '../support/staging.ts';

const fixture = readFileSync(join(import.meta.dirname, '../../ops/seeds/integrity_gaps.sql'), 'utf8');
const gaps = `set local role eng_service; ${fixture}; reset role`;

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

async function listed(fault = 'select 1'): Promise<Record<string, GapList>> {
  const lists = await session.rolledBack(async () => {
    await session.script(fault);
    return listGaps(session, staging.project);
  });
  return Object.fromEntries(lists.map((list) => [list.name, list]));
}

const rows = (lists: Record<string, GapList>, name: string) => rowsOfCsv(lists[`${name}.csv`]!.content);
const item = (number: number) => `b1000000-0000-4000-8000-0000000000${number}`;
const requirement = 'e1000000-0000-4000-8000-000000000099';
const directive = 'd1000000-0000-4000-8000-000000000099';

describe('the lists of gaps', () => {
  test('of the example have a header and no row, but for work that is not finished', async () => {
    const lists = await listed();
    const counts = Object.fromEntries(Object.values(lists).map(({ name, rows: count }) => [name, count]));
    expect(counts).toEqual({
      'backlog_gaps.csv': 0,
      'cycles.csv': 0,
      'directive_gaps.csv': 0,
      'orphans_to_link.csv': 0,
      'requirement_gaps.csv': 0,
      'trace_gaps.csv': 3,
    });
    expect(lists['cycles.csv']!.content).toBe('first_id,items,way\n');
    expect(lists['cycles.csv']!.title).toMatch(/: 0$/);
  });

  test('name the planted gaps exactly', async () => {
    const lists = await listed(gaps);
    expect(rows(lists, 'directive_gaps')).toEqual([
      { sd_key: 'SD-2099-01-01-gap-fixture', title: 'Gap fixture', no_owner: '1', no_decision: '1', no_evidence: '1' },
    ]);
    expect(rows(lists, 'requirement_gaps')).toEqual([
      {
        ...{ prd_id: requirement, title: 'Gap fixture: not assessed', completeness_score: '', risk_rating: '' },
        ...{ bad_score: '1', bad_risk: '1', no_criteria: '1' },
      },
    ]);
    expect(
      rows(lists, 'backlog_gaps').map(({ backlog_id, orphan, bad_type }) => [backlog_id, orphan, bad_type]),
    ).toEqual([
      [item(92), '1', '1'],
      [item(93), '1', '1'],
      [item(94), '1', '1'],
      [item(91), '1', ''],
    ]);
    expect(rows(lists, 'cycles')).toEqual([
      { first_id: item(92), items: '3', way: [92, 93, 94, 92].map(item).join(' > ') },
    ]);
    expect(rows(lists, 'trace_gaps').filter(({ sd_id }) => sd_id === directive)).toEqual([
      { sd_id: directive, prd_id: requirement, backlog_id: '', no_commit: '1', no_pull_request: '1' },
    ]);
    expect(rows(lists, 'orphans_to_link').map(({ backlog_id, action }) => [backlog_id, action])).toEqual(
      [92, 93, 94, 91].map((number) => [item(number), 'ignore']),
    );
  });

  test('come with the evidence of the step that checks', async () => {
    await staging.run('check');
    const names = staging.context.record.evidence.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['backlog_gaps.csv', 'cycles.csv', 'requirement_gaps.csv']));
  });

  test('a threshold lets a check be go with gaps up to it', async () => {
    const checks = await loadChecks({
      ...staging.project,
      config: {
        ...staging.project.config,
        checks: { ...staging.project.config.checks, thresholds: { orphaned_items: 4, dependency_cycles: 2 } },
      },
    });
    const verdicts: Record<string, string> = {};
    await session.rolledBack(async () => {
      await session.script(gaps);
      for (const check of checks.filter(({ file }) => ['orphaned_items', 'dependency_cycles'].includes(file.name))) {
        verdicts[check.file.name] = (await runCheck(session, check)).verdict;
      }
    });
    expect(verdicts).toEqual({ orphaned_items: 'go', dependency_cycles: 'no-go' });
  });
});
