import type {
  ActivityReport,
  ArchiveReport,
  Attempt,
  ErasureCertificate,
  ErasureRequest,
  SealReport,
  TrailRecord,
  UpkeepReport,
  VerifyReport,
} from '../../audit-log/records/index.ts';

const shown = 50;

export function sealText({ checkpoints, records, personal, head }: SealReport): string {
  const sealed = checkpoints > 0 ? `Sealed ${records} records in ${checkpoints} checkpoints` : 'Nothing new to seal';
  const taken = personal > 0 ? `, ${personal} personal parts put under their keys` : '';
  return `${sealed}${taken}. Head: ${head ? `${head.number} ${head.sha256}` : 'none'}.`;
}

export function verifyText({ verdict, checkpoints, records, unsealed, head, problems }: VerifyReport): string {
  const lines = [
    `${verdict}: ${records} records compared with ${checkpoints} checkpoints, ${problems.length} problems; ${unsealed} records came since.`,
    ...problems.slice(0, shown).map(({ message }) => `  ${message}`),
    ...(problems.length > shown ? [`  … and ${problems.length - shown} more; --json has all of them.`] : []),
    ...(head
      ? [`Head: ${head.number} ${head.sha256}, of ${head.at}. Keep it elsewhere: it shows when the end is cut off.`]
      : []),
  ];
  return lines.join('\n');
}

export function archiveText({ dryRun, plan, archived, dropped, frozen, deleted }: ArchiveReport): string {
  const lines = plan.map(
    ({ tier, partition, decision, reason }) => `  ${tier.padEnd(5)}${decision.padEnd(11)}${partition}: ${reason}`,
  );
  if (dryRun)
    return lines.length > 0
      ? ['Would do this:', ...lines].join('\n')
      : 'No month of the past to move, freeze or delete.';
  return [
    `Moved ${archived} records to the archive, froze ${frozen.length} months, dropped ${dropped} empty partitions, deleted ${deleted.length} files.`,
    ...frozen.map(({ month, file, records, sha256 }) => `  ${month}: ${records} records in ${file}, sha256 ${sha256}`),
    ...deleted.map((file) => `  ${file}: past its cold days`),
    ...lines.filter((line) => line.includes(' keep ')),
  ].join('\n');
}

export function trailText(trail: readonly TrailRecord[]): string {
  if (trail.length === 0) return 'No record.';
  return trail
    .map((record) => {
      const {
        created_at: at,
        action_type: action,
        resource_type: type,
        resource_id: id,
        created_by_user_id: actor,
      } = record;
      const changed = record.changed_fields ? ` [${record.changed_fields.join(', ')}]` : '';
      const personal = record.personal === 'none' ? '' : ` (personal data ${record.personal})`;
      return `${at}  ${action}  ${type} ${id}  by ${actor}${changed}${personal}`;
    })
    .join('\n');
}

export function healthText({ made, health, alarm }: UpkeepReport): string {
  const lines = health.map(({ item, healthy, detail }) => `  ${healthy ? 'well    ' : 'NOT WELL'}  ${item}: ${detail}`);
  return [`Made ${made} partitions. Alarm: ${alarm}.`, ...lines].join('\n');
}

export function activityText(report: ActivityReport): string {
  const section = (title: string, lines: readonly string[]) => [title, ...(lines.length > 0 ? lines : ['  none'])];
  return [
    `${report.records} records from ${report.since} to ${report.until}.`,
    ...section(
      'By action',
      report.by_action.map(({ action, records }) => `  ${String(records).padStart(8)}  ${action}`),
    ),
    ...section(
      'Most active',
      report.by_actor.map(({ actor, records }) => `  ${String(records).padStart(8)}  ${actor}`),
    ),
    ...section(
      'Security',
      report.security.map(({ at, action, actor, workspace }) => `  ${at}  ${action}  by ${actor} in ${workspace}`),
    ),
    ...section(
      'Removed',
      report.removed.map(
        ({ at, reason, authority, records }) => `  ${at}  ${records} records: ${reason} (${authority})`,
      ),
    ),
    ...section(
      'Partitions',
      report.partitions.map(({ name, bytes, rows }) => `  ${name}: ${rows} rows, ${Math.round(bytes / 1024)} kB`),
    ),
    ...section(
      'Health',
      report.health.map(({ item, healthy, detail }) => `  ${healthy ? 'well    ' : 'NOT WELL'}  ${item}: ${detail}`),
    ),
  ].join('\n');
}

export function erasuresText(requests: readonly ErasureRequest[]): string {
  if (requests.length === 0) return 'No request.';
  return requests
    .map(
      ({
        id,
        state,
        authority,
        user_id: user,
        workspace_id: workspace,
        ticket,
        requested_by: by,
        approved_by: approvers,
      }) => {
        const approved = approvers.length > 0 ? approvers.join(', ') : 'nobody';
        return `${id}  ${state.padEnd(9)}${authority} ${ticket}: ${user} in ${workspace}, asked by ${by}, approved by ${approved}`;
      },
    )
    .join('\n');
}

export function certificateText(certificate: ErasureCertificate): string {
  const {
    request,
    person,
    workspace,
    authority,
    ticket,
    executed_at: at,
    records,
    keys_destroyed: keys,
    backups,
  } = certificate;
  return [
    `Certificate of erasure ${request}`,
    `  ${person} in workspace ${workspace}, under ${authority}, ticket ${ticket}`,
    `  requested by ${certificate.requested_by}, approved by ${certificate.approved_by.join(' and ')}, executed ${at} by ${certificate.executed_by}`,
    `  ${records} records lost their personal data; ${keys.length} keys destroyed${keys.length > 0 ? `: ${keys.join(', ')}` : ''}`,
    `  Kept: ${certificate.kept}`,
    `  Backups may hold it until ${backups.may_hold_it_until}. ${backups.note}`,
    `  Signed by ${certificate.key}: ${certificate.signature}`,
  ].join('\n');
}

export function attackText(table: string, attempts: readonly Attempt[]): string {
  const count = (wanted: Attempt['outcome']) => attempts.filter(({ outcome }) => outcome === wanted).length;
  return [
    `${table}: ${count('prevented')} of ${attempts.length} bypasses prevented, ${count('detected')} detected, ${count('missed')} missed.`,
    ...attempts.map(({ name, as, outcome, detail }) => `  ${outcome.padEnd(15)}${as.padEnd(10)}${name}: ${detail}`),
  ].join('\n');
}
