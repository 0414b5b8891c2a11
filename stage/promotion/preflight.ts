import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { parseDuration } from '../../ops/config/index.ts';
import { readSqlFile, requireHeader, runStatement, type Session } from '../../ops/postgres/index.ts';
import { measured, type Measurement } from '../measurement.ts';
import type { PromotionContext, Phase } from './context.ts';

interface Row {
  readonly object: string;
  readonly examined: number;
  readonly violations: number;
  readonly detail: string;
}

/** Looks whether the target can take a change now. */
export const preflight: Phase = {
  name: 'preflight',
  title: 'Look at the target',

  async run(context) {
    const { limits } = context.order.project.config.promotion;
    const owners = [...new Set(context.order.project.config.migrations.map(({ as }) => as))];
    const seconds = (duration: string) => parseDuration(duration) / 1000;
    const values = [
      seconds(limits.longestTransaction),
      seconds(limits.replicationLag),
      limits.connectionsInUse,
      owners,
    ];
    const rows = await ask(context, 'promotion/preflight', 'preflight.sql', values);
    context.position = await positionOf(context);
    return rows.map(({ object, detail }) => `${object}: ${detail}`).join('; ');
  },
};

/** Whether an index of the domains was left half-built, by this promotion or an earlier one. */
export async function measureIndexes(context: PromotionContext): Promise<void> {
  const schemas = Object.keys(context.order.project.config.domains);
  await ask(context, 'promotion/indexes', 'valid_indexes.sql', [schemas]);
}

async function ask(context: PromotionContext, id: string, name: string, values: unknown[]): Promise<Row[]> {
  const file = await readSqlFile(builtinRoot, join(builtinSql, 'promotion', name));
  const { rows } = await runStatement<Row>(context.session, file, { values });
  context.measurements.push(judge(id, requireHeader(file, 'title'), rows, file.header['remedy']));
  return rows;
}

function judge(
  id: string,
  title: string,
  rows: readonly Row[],
  remedy = 'Wait until it is so, or mend it.',
): Measurement {
  const bad = rows.filter(({ violations }) => violations > 0);
  return measured({
    id,
    title,
    // an empty list was looked at too
    examined: rows.reduce((sum, { examined }) => sum + examined, 1),
    violations: bad.length,
    findings: bad.map(({ object, detail }) => ({ level: 'error', object, detail, remedy })),
  });
}

function positionOf({ session }: { session: Session }): Promise<{ lsn: string; at: string }> {
  return session.row(
    `select case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
                 else pg_catalog.pg_current_wal_lsn() end::text as lsn,
            pg_catalog.to_char(pg_catalog.clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at`,
  );
}
