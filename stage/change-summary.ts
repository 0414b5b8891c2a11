import { viewsOwner } from '../ops/contract/index.ts';
import type { Session } from '../ops/postgres/index.ts';
import { queryAs } from './confined/index.ts';
import { measured } from './measurement.ts';
import { actorOf, type Step, type StepContext, type StepOutcome } from './step.ts';

/** Rows written so far, by `VERB schema.table`, as anybody may see them. */
type ChangeSummary = ReadonlyMap<string, number>;

/**
 * Runs a step, and shows that the change log got an entry for every row that it changed. Whoever else writes meanwhile is
 * logged too, so that there may be more entries than the step made, but not fewer.
 */
export async function runAndShowChanges(step: Step, context: StepContext): Promise<StepOutcome> {
  if (step.changes !== 'rows') return step.run(context);
  await using session = await context.connect();
  const before = await readChangeSummary(context, session);
  const outcome = await step.run(context);
  const after = await readChangeSummary(context, session);
  if (before && after) show(step, context, outcome.changed ?? 0, difference(before, after));
  else context.record.note(`what the change log got from ${step.name} was not shown: there is no views.change_summary`);
  return outcome;
}

/** @returns null where there is no such view, or this login may not read it */
async function readChangeSummary(context: StepContext, session: Session): Promise<ChangeSummary | null> {
  const { rowCount } = await session.query(
    `select from pg_catalog.pg_class as relation
     join pg_catalog.pg_namespace as namespace on namespace.oid = relation.relnamespace
     where namespace.nspname = 'views' and relation.relname = 'change_summary'
       and pg_catalog.has_schema_privilege(namespace.oid, 'usage') and pg_catalog.has_table_privilege(relation.oid, 'select')`,
  );
  if (rowCount === 0) return null;
  const { rows } = await session.rolledBack(() =>
    queryAs<{ what: string; changes: number }>(
      session,
      actorOf(context, viewsOwner),
      `select operation || ' ' || table_name as what, sum(changes)::bigint as changes
       from views.change_summary group by 1 order by 1`,
    ),
  );
  return new Map(rows.map(({ what, changes }) => [what, changes]));
}

function difference(before: ChangeSummary, after: ChangeSummary): [what: string, entries: number][] {
  return [...after]
    .map(([what, entries]): [string, number] => [what, entries - (before.get(what) ?? 0)])
    .filter(([, entries]) => entries > 0);
}

function show({ name }: Step, { record }: StepContext, changed: number, logged: [string, number][]): void {
  const entries = logged.reduce((sum, [, count]) => sum + count, 0);
  const list = logged.map(([what, count]) => `${what} ${count}`).join(', ');
  record.note(`${name} changed ${changed} rows; the change log got ${entries} entries${list && `: ${list}`}`);
  if (changed === 0) return;
  record.measure(
    measured({
      id: `change-log/${name}`,
      title: `The change log got an entry for every row that ${name} changed`,
      examined: changed,
      violations: Math.max(changed - entries, 0),
      findings:
        entries < changed
          ? [{ level: 'error', object: 'audit.change_log', detail: `${entries} entries for ${changed} changed rows` }]
          : [],
    }),
  );
}
