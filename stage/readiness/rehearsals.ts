import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrail, verifyTrail, type TrailEntry } from '../../audit-log/trail/index.ts';
import { codeOf } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';
import { namesReport } from '../close-out/index.ts';
import type { Report } from '../report.ts';

/** Where close-outs and the files of runs are. */
export interface EvidencePlace {
  readonly trail: string;
  readonly runs: string;
}

/** A run whose report is, byte for byte, the one that its close-out names. */
export interface Rehearsal {
  readonly report: Report;
  /** sha256 of the report's file. */
  readonly sha256: string;
  readonly entry: Pick<TrailEntry, 'number' | 'file' | 'sha256'>;
}

export interface Rehearsals {
  /** Newest first. */
  readonly runs: readonly Rehearsal[];
  /** What cannot be believed: damage of the trail, reports that it does not name. */
  readonly problems: readonly string[];
  readonly entries: readonly TrailEntry[];
}

const reportName = /^\d{8}T\d{6}Z-[0-9a-f]{8}\.json$/;

/** Reads the runs that the trail vouches for. */
export async function readRehearsals({ trail, runs }: EvidencePlace): Promise<Rehearsals> {
  if (!(await isThere(trail))) return { runs: [], problems: [], entries: [] };
  const { problems } = await verifyTrail(trail);
  const entries = await readTrail(trail);
  const damage = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  const found: Rehearsal[] = [];
  for (const { runId, path } of await reportFiles(trail, runs)) {
    const content = await readFile(path, 'utf8');
    const entry = entries.find(({ body }) => namesReport(body, runId, content));
    if (entry) found.push({ report: JSON.parse(content) as Report, sha256: sha256(content), entry });
    // single steps and other branches leave reports on this machine that no close-out is about
    else if (path.startsWith(trail)) damage.push(`${path} is not what any close-out names`);
  }
  return { runs: found.toSorted((a, b) => b.entry.number - a.entry.number), problems: damage, entries };
}

interface ReportFile {
  readonly runId: string;
  readonly path: string;
}

/** Kept beside the trail where they are small enough, else with the run on the machine that did it. */
async function reportFiles(trail: string, runs: string): Promise<ReportFile[]> {
  const kept = (await namesIn(join(trail, 'evidence')))
    .filter((name) => reportName.test(name))
    .map((name) => ({ runId: name.slice(0, -'.json'.length), path: join(trail, 'evidence', name) }));
  const larger = (await namesIn(runs)).filter((id) => !kept.some(({ runId }) => runId === id));
  const local: ReportFile[] = [];
  for (const runId of larger) {
    // a dry run has a close-out of its own there, and none in the trail
    const files = await namesIn(join(runs, runId));
    if (files.includes('report.json') && !files.includes('close-out.md'))
      local.push({ runId, path: join(runs, runId, 'report.json') });
  }
  return [...kept, ...local];
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function isThere(folder: string): Promise<boolean> {
  return (await namesIn(folder)).length > 0;
}
