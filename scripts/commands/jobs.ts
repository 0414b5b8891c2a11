import type { Command } from '../command.ts';

/** Work that is done at set times. */
export const jobs: Command = {
  name: 'jobs',
  summary: 'list the scheduled jobs, run one now, keep their schedule, or print them as a crontab',
  example: 'drydock jobs run daily_cost_digest',
  arguments: [
    { name: '<action>', summary: 'what to do', choices: ['list', 'run', 'start', 'cron'] },
    { name: '[jobs...]', summary: 'for run: the job; for start and cron: those to keep, all of them without it' },
  ],

  async run(io, options, [action, ...names]) {
    const { jobs: table, cronOf } = await import('../../stage/jobs/index.ts');
    const { jobList, jobsNamed, runJob, startJobs } = await import('../render/jobs.ts');
    const { exitCodes } = await import('../../ops/errors.ts');
    const { commands } = await import('./index.ts');

    if (action === 'run') return runJob(io, options, names, commands);
    const chosen = names.length > 0 ? jobsNamed(names) : table;
    if (action === 'start') return startJobs(io, options, chosen, commands);
    io.out(action === 'cron' ? cronOf(chosen) : jobList(chosen, options));
    return exitCodes.go;
  },
};
