import type { Command } from '../command.ts';

/** Work that is done at set times. */
export const jobs: Command = {
  name: 'jobs',
  summary: 'list the scheduled jobs, run one now, keep their schedule, or print them as a crontab',
  example: 'drydock jobs run daily_cost_digest',
  arguments: [
    { name: '<action>', summary: 'what to do', choices: ['list', 'run', 'start', 'cron'] },
    { name: '[job]', summary: 'for run: the name of the job' },
  ],

  async run(io, options, [action, name]) {
    const { jobs: table, cronOf } = await import('../../stage/jobs/index.ts');
    const { jobList, runJob, startJobs } = await import('../render/jobs.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { commands } = await import('./index.ts');

    if (action === 'run') return runJob(io, options, name, commands);
    if (action === 'start') return startJobs(io, options, commands);
    io.out(action === 'cron' ? cronOf(table) : jobList(table, options));
    return exitCodes.go;
  },
};
