import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appendEntry, evidenceFolder, keptBytes, verifyTrail } from '../../audit-log/trail/index.ts';
import { codeOf } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';
import { hasRow } from '../../ops/markdown.ts';
import type { Redactor } from '../../ops/redact.ts';
import { measured } from '../measurement.ts';
import type { EvidenceFile, Report } from '../report.ts';
import type { Evidence, RunRecord } from '../step.ts';
import { renderCloseOut } from './render.ts';

/** Where the close-outs of a project and the files of its runs are kept. */
export interface CloseOutPlace {
  /** The folder of the trail's day files. */
  readonly trail: string;
  readonly lockFile: string;
  /** `.drydock/runs`: a folder for each run. */
  readonly runs: string;
  /** `Automation Close-Out`, or `CI Automation Close-Out` in Actions. */
  readonly heading: string;
  /** A dry run writes its close-out beside the run's files and leaves the trail alone. */
  readonly isDryRun?: boolean;
}

/** Measures whether the trail, as it is before this run is added, is whole. */
export async function measureTrail(place: CloseOutPlace, record: RunRecord): Promise<void> {
  const { entries, problems } = (await isThere(place.trail))
    ? await verifyTrail(place.trail)
    : { entries: 0, problems: [] };
  record.measure(
    measured({
      id: 'trail/verified',
      title: 'The trail before this entry is whole',
      // an empty trail was looked at too
      examined: entries + 1,
      violations: problems.length,
      findings: problems.map(({ file, line, message }) => ({
        level: 'error',
        object: file,
        detail: message,
        file,
        line,
      })),
    }),
  );
}

/**
 * Writes the run's files and appends its entry to the trail. The report is redacted first: rendered, a secret could be
 * escaped and no longer be known for one.
 * @returns the redacted report with the entry's place in it
 */
export async function closeOut(
  place: CloseOutPlace,
  report: Report,
  evidence: readonly Evidence[],
  redactor: Redactor,
): Promise<Report> {
  const folder = join(place.runs, report.runId);
  await mkdir(folder, { recursive: true });
  const files: EvidenceFile[] = [];
  for (const item of evidence) files.push(await writeEvidence(folder, item, redactor));
  const complete = redactor.redactAll({ ...report, evidence: files });
  const own = await writeReport(place, folder, complete, redactor);
  const at = new Date(report.startedAt);
  const heading = `${place.heading} (${withoutMilliseconds(at)})`;
  const body = redactor.redact(renderCloseOut(complete, own));
  if (place.isDryRun) {
    await writeFile(join(folder, 'close-out.md'), `## ${heading} (dry run)\n\n${body}\n`);
    return complete;
  }
  const entry = await appendEntry({ directory: place.trail, lockFile: place.lockFile, entry: { heading, body, at } });
  return { ...complete, trail: entry };
}

async function writeEvidence(
  folder: string,
  { name, title, content }: Evidence,
  redactor: Redactor,
): Promise<EvidenceFile> {
  const clean = redactor.redact(content);
  await writeFile(join(folder, name), clean);
  return { name, title, sha256: sha256(clean), bytes: Buffer.byteLength(clean) };
}

/** The report itself is evidence: with the run, and beside the trail when it is small enough. */
async function writeReport(
  place: CloseOutPlace,
  folder: string,
  report: Report,
  redactor: Redactor,
): Promise<EvidenceFile> {
  const content = redactor.redact(`${JSON.stringify(report, null, 2)}\n`);
  const bytes = Buffer.byteLength(content);
  await writeFile(join(folder, 'report.json'), content);
  if (bytes <= keptBytes && !place.isDryRun) {
    const kept = evidenceFolder(place.trail);
    await mkdir(kept, { recursive: true });
    await writeFile(join(kept, `${report.runId}.json`), content);
  }
  return { name: 'report.json', title: wholeReport, sha256: sha256(content), bytes };
}

const wholeReport = 'The whole report';

/**
 * Whether a close-out is about this run and names this report of it. That the sha256 stands in it somewhere would not do:
 * what a check said, or who acted, may be anything.
 */
export function namesReport(body: string, runId: string, content: string): boolean {
  const own = ['report.json', wholeReport, Buffer.byteLength(content), sha256(content)];
  return hasRow(body, ['run', runId]) && hasRow(body, own);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
}

function withoutMilliseconds(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}
