/** What a week of housekeeping was like, from what the trail vouches for, against what was promised. */
export { weeklyChart } from './chart.ts';
export { readWeekEvidence } from './evidence.ts';
export { weeklyMarkdown } from './markdown.ts';
export { weeklyReport, type WeeklyReport } from './report.ts';
