import { parseScript, type Session } from '../../../ops/postgres/index.ts';
import { relationsIn } from '../../leases/index.ts';
import type { Backfill } from './file.ts';

/** Whether whoever is logged in has every right on tables and views that a backfill's statements need. */
export async function mayChange(session: Session, { todo, change, report }: Backfill): Promise<boolean> {
  const needed: string[] = [];
  for (const section of [todo, change, report].filter((each) => each !== undefined)) {
    // placeholders are no SQL; what stands in their place names no table
    const text = section.text.replaceAll(":'csv'", "'[]'").replaceAll(':batch', 'true');
    const statements = await parseScript(text);
    if (!statements) return false;
    needed.push(...statements.flatMap(({ kind, node }) => relationsIn(kind, node)));
  }
  const { may } = await session.row<{ may: boolean }>(
    `select coalesce(bool_and(coalesce(pg_catalog.has_table_privilege(relation.oid, needed.verb), false)), true) as may
     from jsonb_to_recordset($1) as needed (verb text, schema text, name text)
     left join pg_catalog.pg_namespace as namespace on namespace.nspname = needed.schema
     left join pg_catalog.pg_class as relation on relation.relnamespace = namespace.oid and relation.relname = needed.name`,
    [JSON.stringify(needed.flatMap(rightOf))],
  );
  return may;
}

/** What has no schema is a name that the statement itself gives. */
function rightOf(needed: string): { verb: string; schema: string; name: string }[] {
  const [, verb, schema, name] = /^(\w+) ([^.]+)\.(.+)$/s.exec(needed) ?? [];
  return verb && schema && name ? [{ verb, schema, name }] : [];
}
