import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, posix, sep } from 'node:path';
import type { Project } from '../../ops/config/index.ts';
import type { Redactor } from '../../ops/redact.ts';
import { contractPicture } from '../contract-picture/index.ts';
import type { Report } from '../report.ts';
import { htmlOf } from './html/index.ts';
import { junitOf } from './junit.ts';
import { predicateOf } from './predicate.ts';
import { sarifOf } from './sarif.ts';
import { Markup } from '../markup.ts';

/**
 * Writes the report in the forms that other tools read, beside the run's evidence: report.sarif, report.junit.xml,
 * report.html, and predicate.json for an attestation.
 * @param runs the folder of the runs' folders
 * @param within the project's folder as seen from the repository, where SARIF's readers look for its files
 */
export async function writeReports(
  runs: string,
  report: Report,
  project: Project,
  redactor: Redactor,
  within = '',
): Promise<void> {
  await writeFiles(join(runs, report.runId), redactor, {
    'report.sarif': sarifOf(report, basename(project.file), posix.join(...within.split(sep))),
    'report.junit.xml': junitOf(report),
    'predicate.json': predicateOf(report),
    'report.html': htmlOf(report, new Markup(contractPicture(project.config, 'svg'))),
  });
}

/** The same for single steps, which have no close-out to write their report.json. */
export async function writeStepReports(
  runs: string,
  report: Report,
  project: Project,
  redactor: Redactor,
): Promise<void> {
  await writeFiles(join(runs, report.runId), redactor, { 'report.json': `${JSON.stringify(report, null, 2)}\n` });
  await writeReports(runs, report, project, redactor);
}

async function writeFiles(folder: string, redactor: Redactor, files: Record<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), redactor.redact(content));
}

export { predicateType } from './predicate.ts';
