import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlantedFaults } from '../planted-fault.ts';
import { draft, id } from './sample.ts';

const nothing = `'99999999-0000-4000-8000-000000000099'`;

const gapsFile = join(import.meta.dirname, '../../../../ops/seeds/integrity_gaps.sql');
const gaps = `set local role eng_service; ${readFileSync(gapsFile, 'utf8')}; reset role`;
const notTriaged = [1, 2, 3].map((n) => `Gap fixture: not triaged, circle ${n}`).join(', ');

const links: [column: string, row: string, name: string][] = [
  ['vh.projects.eng_sd_id', id('a1', 1), 'Project Alpha'],
  ['vh.tasks.eng_backlog_id', id('71', 1), 'Task 1: Two-App Boundary, design'],
  ['vh.ventures.sd_id', id('f1', 1), 'Venture Desk'],
  ['vh.ventures.prd_id', id('f1', 1), 'Venture Desk'],
  ['vh.ventures.backlog_id', id('f1', 1), 'Venture Desk'],
];

function setLink(path: string, row: string, value: string): string {
  const [schema, table, column] = path.split('.');
  return `update ${schema}.${table} set ${column} = ${value} where id = ${row}`;
}

function updateBacklog(number: number, change: string): string {
  return `update eng.backlog_items set ${change} where id = ${id('b1', number)}`;
}

function updateRequirement(number: number, change: string): string {
  return `update eng.product_requirements_v2 set ${change} where id = ${id('e1', number)}`;
}

/** Faults in the data of the worked example. */
export const exampleDataFaults: PlantedFaults = {
  directive_accountability: [
    {
      fault: 'the gap fixture',
      sql: gaps,
      finds: ['a decision', 'an owner', 'evidence'].map((what) => `directives with ${what}: SD-2099-01-01-gap-fixture`),
    },
    {
      fault: 'an owner without a name',
      sql: `update eng.strategic_directives_v2 set owner = '' where id = ${id('d1', 2)}`,
      finds: 'directives with an owner: SD-2025-09-02-database-first',
    },
  ],

  requirement_integrity: [
    {
      fault: 'the gap fixture',
      sql: gaps,
      finds: ['a known risk', 'a score from 0 to 100', 'acceptance criteria'].map(
        (what) => `requirements with ${what}: Gap fixture: not assessed`,
      ),
    },
    {
      fault: 'a requirement without a score',
      sql: updateRequirement(1, 'completeness_score = null'),
      finds: 'requirements with a score from 0 to 100: PRD: Two-App Boundary',
    },
    {
      fault: 'a score that no constraint holds back any more',
      sql: `alter table eng.product_requirements_v2 drop constraint completeness_is_0_to_100;
            ${updateRequirement(1, 'completeness_score = 101')}`,
      finds: 'requirements with a score from 0 to 100: PRD: Two-App Boundary',
    },
    {
      fault: 'a requirement without a risk',
      sql: updateRequirement(2, 'risk_rating = null'),
      finds: 'requirements with a known risk: PRD: Database-First',
    },
    {
      fault: 'a requirement without acceptance criteria',
      sql: updateRequirement(3, `acceptance_criteria_json = '[]'`),
      finds: 'requirements with acceptance criteria: PRD: Automated Housekeeping',
    },
  ],

  backlog_integrity: [
    {
      fault: 'the gap fixture',
      sql: gaps,
      finds: [
        `backlog items of a known type: ${notTriaged}`,
        `backlog items with a gate from 0 to 100: ${notTriaged}`,
        `backlog items with a priority from P0 to P3: ${notTriaged}`,
      ],
    },
    {
      fault: 'an item without a type',
      sql: updateBacklog(1, 'type = null'),
      finds: 'backlog items of a known type: Task 1: Two-App Boundary',
    },
    {
      fault: 'a priority that no constraint holds back any more',
      sql: `alter table eng.backlog_items drop constraint priority_is_p0_to_p3; ${updateBacklog(1, `priority = 'High'`)}`,
      finds: 'backlog items with a priority from P0 to P3: Task 1: Two-App Boundary',
    },
    {
      fault: 'an item without a gate',
      sql: updateBacklog(1, 'qa_gate_min = null'),
      finds: 'backlog items with a gate from 0 to 100: Task 1: Two-App Boundary',
    },
  ],

  orphaned_items: [
    {
      fault: 'the gap fixture',
      sql: gaps,
      finds: `backlog items with a requirement: ${notTriaged}, Gap fixture: orphan`,
    },
    {
      fault: 'an orphan',
      sql: updateBacklog(1, 'prd_id = null'),
      finds: 'backlog items with a requirement: Task 1: Two-App Boundary',
    },
  ],

  dependency_cycles: [
    {
      fault: 'a circle of forty items',
      sql: `insert into eng.backlog_items (id, sd_id, title)
            select ('b2000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ${id('d1', 1)}, 'Link ' || n
            from generate_series(0, 39) as n;
            update eng.backlog_items as item
            set parent_id = ('b2000000-0000-4000-8000-' || lpad(((right(item.id::text, 12)::integer + 1) % 40)::text, 12, '0'))::uuid
            where item.title like 'Link %'`,
      finds: 'backlog items outside any circle: Link 0, Link 1, Link 10, Link 11, Link 12',
    },
    {
      fault: 'the gap fixture',
      sql: gaps,
      finds: `backlog items outside any circle: ${notTriaged}`,
    },
    {
      fault: 'two items that contain each other, and not the third that hangs on them',
      sql: [
        updateBacklog(1, `parent_id = ${id('b1', 2)}`),
        updateBacklog(2, `parent_id = ${id('b1', 1)}`),
        updateBacklog(3, `parent_id = ${id('b1', 1)}`),
      ].join(';'),
      finds: 'backlog items outside any circle: Task 1: Database-First, Task 1: Two-App Boundary',
    },
  ],

  trace_integrity: [
    {
      fault: 'the gap fixture',
      sql: gaps,
      finds: 'requirements with a backlog item: e1000000-0000-4000-8000-000000000099',
    },
    {
      fault: 'a directive without a requirement',
      sql: `delete from eng.product_requirements_v2 where id = ${id('e1', 4)}`,
      finds: `directives with a requirement: ${draft}`,
    },
    {
      fault: 'finished work without a commit',
      sql: updateBacklog(1, 'commit_sha = null'),
      finds: 'finished items with a commit: b1000000-0000-4000-8000-000000000001',
    },
    {
      fault: 'finished work without a pull request',
      sql: updateBacklog(1, 'pr_url = null'),
      finds: 'finished items with a pull request: b1000000-0000-4000-8000-000000000001',
    },
  ],

  orphaned_links: links.map(([path, row]) => ({
    fault: `a target of ${path} that is gone`,
    sql: setLink(path, row, nothing),
    finds: `${path}: ${row.slice(1, -1)}`,
  })),

  link_coverage: [
    ...links.map(([path, row, name]) => ({
      fault: `a row whose ${path} is empty`,
      sql: setLink(path, row, 'null'),
      finds: `${path}: ${name}`,
    })),
    {
      fault: 'a venture whose gate is unknown',
      sql: setLink('vh.ventures.gate_status', id('f1', 1), 'null'),
      finds: 'vh.ventures.gate_status: Venture Desk',
    },
  ],
};
