import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands } from '../../../scripts/commands/index.ts';
import { cronOf, jobs } from '../../../stage/jobs/index.ts';

test('the crontab is what the table of jobs makes', () => {
  expect(readFileSync('ops/cron/jobs.cron', 'utf8')).toBe(cronOf(jobs));
});

test('the jobs have the names and times that operators know', () => {
  const times = Object.fromEntries(jobs.map(({ name, schedule }) => [name, schedule]));
  expect(times).toMatchObject({
    audit_cleanup: '30 3 * * *',
    daily_cost_digest: '0 9 * * *',
    daily_privacy_digest: '10 9 * * *',
    weekly_drift_full: '0 2 * * 1',
    weekly_report: '0 9 * * 0',
  });
});

test('every job is a command that exists, with arguments that it knows', () => {
  for (const { name, command } of jobs) {
    const [commandName, ...args] = command;
    const known = commands.find((other) => other.name === commandName);
    expect(known, name).toBeDefined();
    args.forEach((arg, index) => expect(known!.arguments?.[index]?.choices, name).toContain(arg));
  }
});
