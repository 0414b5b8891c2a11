import type { SnapshotPlan } from '../../ops/config/index.ts';
import { literal, type Session } from '../../ops/postgres/index.ts';
import type { Watermark } from './manifest.ts';
import type { Meter } from './meter.ts';
import { refusal } from './predicate.ts';
import { fullName, type Resolved } from './resolve.ts';
import { column, source, typeOf } from './tables.ts';

/** The newest value of the column that the plan names, under the seed's own condition: where the next snapshot goes on. */
export async function readWatermark(
  session: Session,
  meter: Meter,
  plan: SnapshotPlan,
  { tables, seeds }: Resolved,
  schema: string,
): Promise<Watermark | null> {
  if (!plan.watermark) return null;
  const name = fullName(plan.watermark.table, plan.schema ?? schema).join('.');
  const table = tables.get(name);
  const wanted = plan.watermark.column;
  if (!table?.columns.some((one) => one.name === wanted && one.may_read)) {
    throw refusal(`The watermark ${name}.${wanted}`, 'is no column that this role may read');
  }
  const where = seeds.find((seed) => seed.table === table)?.where?.text ?? 'true';
  const select = `select max(${column(wanted)})::text as c0\nfrom ${source(table)}\nwhere ${where}\n`;
  const [[value = null] = []] = await meter.rows(session, { what: `watermark of ${name}`, select }, []);
  return {
    table: name,
    column: wanted,
    file: `max_${encodeURIComponent(table.table)}_${encodeURIComponent(wanted)}.txt`,
    value,
    future_filter:
      value === null ? null : `${column(wanted).slice('t.'.length)} > ${literal(value)}::${typeOf(table, wanted)}`,
  };
}
