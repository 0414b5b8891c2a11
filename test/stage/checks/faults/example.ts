import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlantedFault, PlantedFaults } from '../planted-fault.ts';

/** Ids of the sample begin with two characters for their table and end with a number. */
const id = (table: string, number: number) => `'${table}000000-0000-4000-8000-${String(number).padStart(12, '0')}'`;
const nothing = `'99999999-0000-4000-8000-000000000099'`;

const gapsFile = join(import.meta.dirname, '../../../../ops/seeds/integrity_gaps.sql');
const gaps = `set local role eng_service; ${readFileSync(gapsFile, 'utf8')}; reset role`;
const draft = 'd1000000-0000-4000-8000-000000000004';
const draftInEveryView = ['eng_backlog_rollup', 'eng_governance_summary', 'eng_prd_payload_v1', 'eng_trace'].map(
  (view) => `views.${view}: ${draft}`,
);
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

/** A policy that shows a member every row of one table. */
function everyCompany(table: string, foreign: number, all: number): PlantedFault {
  return {
    fault: `${table} that show a member every company’s`,
    sql: `alter policy members_see_their_own on vh.${table} using (true)`,
    finds: `vh.${table}: ${foreign} of other companies, ${all} in all`,
  };
}

function updateBacklog(number: number, change: string): string {
  return `update eng.backlog_items set ${change} where id = ${id('b1', number)}`;
}

function updateRequirement(number: number, change: string): string {
  return `update eng.product_requirements_v2 set ${change} where id = ${id('e1', number)}`;
}

/** Faults in the data of the worked example, and in who sees it. */
export const exampleFaults: PlantedFaults = {
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

  smoke: [
    {
      fault: 'an agent who sees no directive',
      sql: 'alter policy agent_reads on eng.strategic_directives_v2 using (false)',
      finds: 'eng.strategic_directives_v2: 0 found, at least 1 wanted',
    },
    {
      fault: 'an agent who sees no requirement',
      sql: 'alter policy agent_reads on eng.product_requirements_v2 using (false)',
      finds: 'eng.product_requirements_v2: 0 found, at least 1 wanted',
    },
    {
      fault: 'a backlog of one item',
      sql: `delete from eng.backlog_items where id <> ${id('b1', 1)}`,
      finds: 'eng.backlog_items: 1 found, at least 2 wanted',
    },
    {
      fault: 'an agent who sees no venture',
      sql: 'alter policy agent_reads on vh.ventures using (false)',
      finds: 'vh.ventures: 0 found, at least 1 wanted',
    },
    {
      fault: 'an agent who sees no stage',
      sql: 'alter policy agent_reads on vh.stage_states using (false)',
      finds: 'vh.stage_states: 0 found, at least 1 wanted',
    },
    {
      fault: 'views that show no venture',
      sql: 'alter policy views_show_all on vh.ventures using (false)',
      finds: [
        'venture Venture Desk: 0 found, at least 1 wanted',
        'views.vh_governance_snapshot: 0 found, at least 1 wanted',
        'views.vh_stage_progress: 0 found, at least 1 wanted',
      ],
    },
    {
      fault: 'a sample directive under another title',
      sql: `delete from eng.strategic_directives_v2 where id = ${id('d1', 1)}`,
      finds: 'directive SD-2025-09-01-two-app-boundary: 0 found, at least 1 wanted',
    },
    {
      fault: 'a sample venture under another name',
      sql: `update vh.ventures set name = 'Another' where name = 'Venture Desk'`,
      finds: 'venture Venture Desk: 0 found, at least 1 wanted',
    },
  ],

  analyst_sees_only_approved: [
    {
      fault: 'drafts that are shown to the analyst',
      sql: 'alter policy views_show_drafts_to_linking_roles on eng.strategic_directives_v2 using (true)',
      finds: draftInEveryView,
    },
    {
      fault: 'backlog items that are shown whatever becomes of their directive',
      sql: 'alter policy views_follow_directive on eng.backlog_items using (true)',
      finds: `views.eng_backlog_rollup: ${draft}`,
    },
    {
      fault: 'an analyst who became a linking role',
      sql: 'grant vh_service to analyst_ro',
      finds: draftInEveryView,
    },
    {
      fault: 'a view that shows the analyst nothing',
      sql: 'alter policy views_follow_directive on eng.backlog_items using (false)',
      finds: 'views.eng_backlog_rollup: shows nothing',
    },
  ],

  member_sees_own_company: [
    everyCompany('companies', 1, 2),
    everyCompany('company_members', 1, 3),
    {
      fault: 'ventures that show a member every company’s, and so their stages, projects and tasks',
      sql: 'alter policy members_see_their_own on vh.ventures using (true)',
      finds: [
        'vh.projects: 1 of other companies, 2 in all',
        'vh.stage_states: 1 of other companies, 3 in all',
        'vh.tasks: 2 of other companies, 4 in all',
        'vh.ventures: 1 of other companies, 2 in all',
      ],
    },
    everyCompany('stage_states', 1, 3),
    {
      fault: 'projects that show a member every company’s, and those of no venture',
      sql: 'alter policy members_see_their_own on vh.projects using (true)',
      finds: ['vh.projects: 2 of other companies, 3 in all', 'vh.tasks: 4 of other companies, 6 in all'],
    },
    everyCompany('tasks', 4, 6),
    {
      fault: 'a table that shows a member nothing',
      sql: 'alter policy members_see_their_own on vh.stage_states using (false)',
      finds: 'vh.stage_states: 0 of other companies, 0 in all',
    },
    {
      fault: 'a helper that answers with every company',
      sql: `create or replace function vh.member_company_ids() returns setof uuid language sql stable security definer
            set search_path = '' as 'select id from vh.companies'`,
      finds: [
        'vh.companies: 1 of other companies, 2 in all',
        'vh.company_members: 1 of other companies, 3 in all',
        'vh.projects: 1 of other companies, 2 in all',
        'vh.stage_states: 1 of other companies, 3 in all',
        'vh.tasks: 2 of other companies, 4 in all',
        'vh.ventures: 1 of other companies, 2 in all',
      ],
    },
  ],

  requirements_follow_directives: [
    {
      fault: 'requirements that are seen without their directive',
      sql: 'alter policy views_follow_directive on eng.product_requirements_v2 using (true)',
      finds: 'eng.product_requirements_v2: visible without their directive: 1',
    },
    {
      fault: 'backlog items that are seen without their directive',
      sql: 'alter policy views_follow_directive on eng.backlog_items using (true)',
      finds: 'eng.backlog_items: visible without their directive: 1',
    },
  ],
};
