export { cronOf } from './cron.ts';
export { jobSchema, keepSchedule, type ScheduleOrder } from './schedule.ts';
export { jobs, type Job } from './table.ts';
