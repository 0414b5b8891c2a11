export { cronOf } from './cron.ts';
export { jobs, type Job } from './table.ts';
