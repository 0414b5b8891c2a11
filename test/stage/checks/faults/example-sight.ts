import type { PlantedFault, PlantedFaults } from '../planted-fault.ts';
import { draft, id } from './sample.ts';

const draftInEveryView = ['eng_backlog_rollup', 'eng_governance_summary', 'eng_prd_payload_v1', 'eng_trace'].map(
  (view) => `views.${view}: ${draft}`,
);

/** A policy that shows a member every row of one table. */
function everyCompany(table: string, foreign: number, all: number): PlantedFault {
  return {
    fault: `${table} that show a member every company’s`,
    sql: `alter policy members_see_their_own on vh.${table} using (true)`,
    finds: `vh.${table}: ${foreign} of other companies, ${all} in all`,
  };
}

/** Faults in who sees the data of the worked example. */
export const exampleSightFaults: PlantedFaults = {
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
