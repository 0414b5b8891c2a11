import type { Command } from '../command.ts';
import { reportsFolder } from '../reports-folder.ts';

/** What housekeeping was like, against what was promised. */
export const report: Command = {
  name: 'report',
  summary: 'report the week: runs, durations, drift, leases and gates, from the trail, against the objectives',
  example: 'drydock report weekly --week 2026-W47',
  arguments: [{ name: '<kind>', summary: 'which', choices: ['weekly'] }],
  options: [
    { flags: '--week <week>', summary: 'the ISO week, 2026-W47; the one under way without it' },
    { flags: '--out <folder>', summary: 'where it is written', default: `${reportsFolder}/housekeeping` },
    { flags: '--drift <folder>', summary: 'where drift digests are', default: `${reportsFolder}/drift` },
  ],

  async run(io, options) {
    const { reportWeek } = await import('../render/weekly.ts');
    return reportWeek(io, options);
  },
};
