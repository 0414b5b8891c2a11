import { join } from 'node:path';
import { makeKeys, Sealer } from '../../../audit-log/records/index.ts';
import type { Session } from '../../../ops/postgres/index.ts';
import type { Staging } from '../../../test/support/staging.ts';
import { ms, sideBySide, timed, type BenchRow } from '../measure.ts';
import { benchFolder } from '../place.ts';
import { workspace } from './fill.ts';
import { openWriters } from './writers.ts';

const rounds = 5;
const bulk = 50_000;
const clients = 16;
const burstMs = 3_000;

/** Against the usual trigger: a row at a time, JSONB, into a table of the same columns, checks and indexes. */
export async function bulkInsert(_server: Staging, session: Session): Promise<BenchRow[]> {
  const account = (name: string) =>
    `create table ${name} (id uuid primary key default gen_random_uuid(), ws uuid, name text, email text, amount numeric, meta jsonb, updated_at timestamptz default now())`;
  await session.script(`${account('ours')}; ${account('usual')};
    select audit.track('ours', 'ws', null, '{}', '{}');
    create table usual_log (like audit.audit_events including all);
    create function log_row() returns trigger language plpgsql as $$ begin
      insert into usual_log (created_by_user_id, action_type, resource_type, resource_id, workspace_id, new_values, source)
      values (audit.current_actor(), tg_op, tg_table_schema || '.' || tg_table_name, new.id, new.ws, to_jsonb(new), 'trigger');
      return null; end $$;
    create trigger log_row after insert on usual for each row execute function log_row()`);
  const insert = (table: string) => () =>
    timed(() =>
      session.query(
        `insert into ${table} (ws, name, email, amount, meta)
         select $1, 'name ' || n, 'mail' || n || '@example.org', n, '{"plan": "free", "seats": 3}' from generate_series(1, ${bulk}) as n`,
        [workspace],
      ),
    );
  const result = await sideBySide(rounds, insert('ours'), insert('usual'));
  return [
    {
      what: `bulk insert of ${bulk.toLocaleString('en')} tracked rows`,
      ours: ms(result.ours),
      other: `row-level JSONB trigger, same columns, checks and indexes: ${ms(result.other)}`,
      ratio: result.ratio.toFixed(2),
      bar: '0.75',
    },
  ];
}

/** Single-row inserts of 16 clients on one workspace, while a sealer works and while none does. */
export async function sealedWriters(server: Staging, session: Session): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  const keys = makeKeys(join(folder.path, 'keys'));
  await using writers = await openWriters(server, clients);
  const burst = async () => burstMs / (await writers.write(burstMs)).length;
  const sealed = async () => {
    const stop = new AbortController();
    using sealer = await Sealer.open({ session, folder: join(folder.path, 'seals'), keys, now: () => new Date() });
    const sealing = sealer.keepSealing(stop.signal, 1_000, () => {});
    const took = await burst();
    stop.abort();
    await sealing;
    return took;
  };
  const unsealed = async () => {
    const took = await burst();
    using sealer = await Sealer.open({ session, folder: join(folder.path, 'seals'), keys, now: () => new Date() });
    await sealer.pass(); // off the clock: the next round begins with nothing to catch up
    return took;
  };
  const result = await sideBySide(rounds, sealed, unsealed);
  return [
    {
      what: `single-row inserts, ${clients} clients, one workspace`,
      ours: `${perSecond(result.ours)}/s while a sealer works`,
      other: `the same, unsealed: ${perSecond(result.other)}/s`,
      ratio: (result.other / result.ours).toFixed(2),
      bar: '≥ 0.95',
    },
  ];
}

function perSecond(msEach: number): string {
  return Math.round(1_000 / msEach).toLocaleString('en');
}
