export { cronOf } from './cron.ts';
export { jobSchema, keepSchedule } from './schedule.ts';
export { jobs, type Job } from './table.ts';
