import type { Session } from '../../../ops/postgres/index.ts';
import type { Staging } from '../../../test/support/staging.ts';
import { ms, sideBySide, timed, type BenchRow } from '../measure.ts';
import { fill, monthsAgo, openMonth, partitionOf } from './fill.ts';

const rounds = 5;
const records = 1_000_000;
const month = monthsAgo(6);
const hot = `audit.${partitionOf(month)}`;
const warm = hot.replace('audit_events', 'audit_events_archive');

/** A month of a million records, moved; against DELETE … RETURNING and INSERT of the same rows with the same indexes. */
export async function archiveMonth(_server: Staging, session: Session): Promise<BenchRow[]> {
  await openMonth(session, month);
  await fill(session, { count: records, workspaces: 10, month });
  await session.script(`create table usual (like audit.audit_events including all);
    create table usual_archive (like audit.audit_events including all);
    insert into usual select * from ${hot}`);
  for (const table of ['usual', hot]) await session.query(`vacuum analyze ${table}`);
  const ours = async () => {
    const took = await timed(() => session.query('select audit.archive_old_audit_events()'));
    await backToHot(session);
    return took;
  };
  // there and back again, so that nothing has to be filled anew
  let [from, to] = ['usual', 'usual_archive'];
  const usual = async () => {
    const took = await timed(() =>
      session.query(`with gone as (delete from ${from} returning *) insert into ${to} select * from gone`),
    );
    await session.query(`truncate ${from}`);
    await session.query(`vacuum analyze ${to}`);
    [from, to] = [to, from];
    return took;
  };
  const result = await sideBySide(rounds, ours, usual);
  return [
    {
      what: `archive of a month of ${records.toLocaleString('en')} records`,
      ours: ms(result.ours),
      other: `DELETE … RETURNING + INSERT: ${ms(result.other)}`,
      ratio: result.ratio.toFixed(4),
      bar: '0.02',
    },
  ];
}

/** For the next round, as a superuser. */
async function backToHot(session: Session): Promise<void> {
  const { left } = await session.row<{ left: number }>(`select count(*) as left from ${warm}`);
  if (left !== records) throw new Error(`${left} records were moved`);
  await session.script(`alter table audit.audit_events_archive detach partition ${warm};
    alter table ${warm} rename to ${hot.replace('audit.', '')};
    alter table ${hot} drop column archived_at, drop column archived_by, drop column archive_reason;
    alter table audit.audit_events attach partition ${hot} for values from ('${month}') to ('${monthsAgo(5)}');
    drop trigger record_kept on ${hot};
    alter table ${hot} owner to record_owner;
    set role record_owner;
    select audit.guard_record_table('${hot}');
    reset role`);
}
