import type { Command } from '../command.ts';

/** Mends what a check finds, after showing it. */
export const fix: Command = {
  name: 'fix',
  summary:
    'mend what a check finds, on the staging that is up; shows it and takes it back unless both switches are set',
  example: 'drydock fix link_orphans --csv orphans_to_link.csv',
  arguments: [{ name: '[name]', summary: 'a file of checks.fixes in drydock.yaml; without one they are listed' }],
  options: [
    { flags: '--csv <file>', summary: 'what people chose, for a fix that needs that' },
    { flags: '--apply', summary: 'the first switch: do not take it back' },
    { flags: '--staging-write-ok', summary: 'the second switch, or STAGING_WRITE_OK=1: this staging may be written' },
  ],

  async run(io, options, [name]) {
    const { fixStaging, listFixes } = await import('../fixes.ts');
    return name === undefined ? listFixes(io, options) : fixStaging(io, options, name);
  },
};
