/** Work that is done at set times. Times are UTC. */
export interface Job {
  readonly name: string;
  /** Five fields, as cron has them. */
  readonly schedule: string;
  readonly summary: string;
  /** The command of drydock that does it. */
  readonly command: readonly [name: string, ...args: string[]];
}

/** Every job. ops/cron/jobs.cron is made from this. */
export const jobs: readonly Job[] = [
  {
    name: 'audit_replay',
    schedule: '*/10 * * * *',
    summary: 'send the tool events that a process which ended left in files',
    command: ['events', 'replay'],
  },
  {
    name: 'audit_cleanup',
    schedule: '30 3 * * *',
    summary: 'remove JSONL files and partitions that are over the retention',
    command: ['events', 'cleanup'],
  },
  {
    name: 'daily_cost_digest',
    schedule: '0 9 * * *',
    summary: 'what the calls of yesterday cost, into ops/reports/cost',
    command: ['digest', 'cost'],
  },
  {
    name: 'daily_privacy_digest',
    schedule: '10 9 * * *',
    summary: 'personal data, sizes, refusals and retention of yesterday, into ops/reports/privacy',
    command: ['digest', 'privacy'],
  },
  {
    name: 'weekly_drift_full',
    schedule: '0 2 * * 1',
    summary: 'tools, entitlements, structure and usage of last week against what is declared, into ops/reports/drift',
    command: ['digest', 'drift'],
  },
  {
    name: 'records_seal',
    schedule: '* * * * *',
    summary: 'seal the audit record, where no sealer runs with --watch',
    command: ['records', 'seal'],
  },
  {
    name: 'records_upkeep',
    schedule: '0 1 * * *',
    summary: 'keep partitions of the audit record ahead, and raise an alarm for what is late or not well',
    command: ['records', 'upkeep'],
  },
  {
    name: 'records_archive',
    schedule: '0 2 * * *',
    summary: 'move records past their hot days to the archive, freeze what is past its warm days into files',
    command: ['records', 'archive'],
  },
  {
    name: 'records_verify',
    schedule: '0 4 * * *',
    summary: 'compare the audit record with its seals',
    command: ['records', 'verify'],
  },
  {
    name: 'weekly_records_report',
    schedule: '0 6 * * 1',
    summary: 'what happened in the audit record',
    command: ['records', 'report'],
  },
  {
    name: 'weekly_report',
    schedule: '0 9 * * 0',
    summary: 'runs, durations, drift, leases and gates of the week, into ops/reports/housekeeping',
    command: ['report', 'weekly'],
  },
];
