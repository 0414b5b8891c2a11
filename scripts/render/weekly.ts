import { join, resolve } from 'node:path';
import { fileDigest, weekOf } from '../../audit-log/digests/index.ts';
import { exitCodes } from '../../ops/errors.ts';
import { readWeekEvidence, weeklyChart, weeklyMarkdown, weeklyReport } from '../../stage/weekly/index.ts';
import type { Options } from '../command.ts';
import type { Io } from '../io.ts';
import { openProject, placeOf } from '../workplace.ts';
import { jsonOf } from './json.ts';

/** Writes the report of a week as data, text and chart, and shows the text. Its verdict is the exit code. */
export async function reportWeek(io: Io, options: Options): Promise<number> {
  const project = await openProject(io, options);
  const week = typeof options['week'] === 'string' ? options['week'] : weekOf(io.now());
  const evidence = await readWeekEvidence(project, placeOf(project, io.env), resolve(io.cwd, String(options['drift'])));
  const report = weeklyReport(project, evidence, week, io.now());
  const { digest, files, isNew } = await fileDigest(join(resolve(io.cwd, String(options['out'])), week), report, {
    svg: weeklyChart,
    md: (one, version) => weeklyMarkdown(one, version, `${week}.svg`),
  });
  io.err(`${files.join(', ')}: ${isNew ? 'written' : 'as it was'}\n`);
  io.out(options.json ? jsonOf(digest) : weeklyMarkdown(digest, digest.version, `${week}.svg`));
  return exitCodes[digest.verdict];
}
