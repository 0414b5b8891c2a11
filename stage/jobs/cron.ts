import type { Job } from './table.ts';

/** The table as a file for cron. DRYDOCK_DIR is the checkout; the environment of the jobs is the crontab's own. */
export function cronOf(jobs: readonly Job[]): string {
  const lines = jobs.map(({ name, schedule, summary }) => {
    return `# ${name}: ${summary}\n${schedule} cd "$DRYDOCK_DIR" && npx drydock jobs run ${name}\n`;
  });
  return `${header}\n${lines.join('\n')}`;
}

const header = `# Made from the table in stage/jobs by \`drydock jobs cron\`; a test compares. Change the table, not this file.
# Set DRYDOCK_DIR to the checkout, and AUDIT_BACKEND, DATABASE_URL and AUDIT_JSONL_DIR as the gateway has them.
# Leave out what you do not use: records_* need an audit record (drydock records migrate, keys).
CRON_TZ=UTC
`;
