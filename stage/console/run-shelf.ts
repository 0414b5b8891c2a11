import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../ops/errors.ts';
import type { Outcome, Report } from '../report.ts';

/** A run in a list. */
export interface RunSummary {
  readonly runId: string;
  readonly outcome: Outcome;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly provider: string;
  readonly actor: string;
  readonly commit: string | null;
  /** Gates that are go, and all of them. */
  readonly gatesGo: number;
  readonly gates: number;
}

/** A file that should be a report and cannot be read as one. */
export interface UnreadableRun {
  readonly file: string;
  readonly reason: string;
}

export interface RunList {
  /** The newest first. */
  readonly runs: readonly RunSummary[];
  readonly unreadable: readonly UnreadableRun[];
}

type Entry = { readonly stamp: string; readonly found: RunSummary | UnreadableRun };

const reportFile = /^([\w.-]{1,128})\.json$/;

/** The reports that runs left beside the trail. A file is read once, and again when it is another. */
export class RunShelf {
  readonly #folder: string;
  #known: ReadonlyMap<string, Entry> = new Map();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<RunList> {
    const files = (await readdir(this.#folder).catch(nothingYet)).filter((file) => reportFile.test(file));
    const entries = await Promise.all(files.map(async (file) => [file, await this.#entry(file)] as const));
    this.#known = new Map(entries);
    const found = entries.map(([, entry]) => entry.found);
    return {
      runs: found.filter((one) => 'runId' in one).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
      unreadable: found.filter((one) => 'file' in one),
    };
  }

  /** @returns undefined when there is no such run */
  async report(runId: string): Promise<Report | undefined> {
    const file = `${runId}.json`;
    if (!reportFile.test(file)) return undefined;
    const text = await readFile(join(this.#folder, file), 'utf8').catch(notThere);
    return text === undefined ? undefined : reportOf(text);
  }

  async #entry(file: string): Promise<Entry> {
    const path = join(this.#folder, file);
    const { ino, mtimeMs, size } = await stat(path);
    const stamp = `${ino} ${mtimeMs} ${size}`;
    const known = this.#known.get(file);
    if (known?.stamp === stamp) return known;
    const report = reportOf(await readFile(path, 'utf8'));
    return { stamp, found: report ? summaryOf(report) : { file, reason: 'it is not the report of a run' } };
  }
}

/** What the pages need must be there; somebody may have laid anything into the folder. */
function reportOf(text: string): Report | undefined {
  try {
    const report = JSON.parse(text) as Report;
    const lists = [report.steps, report.gates, report.measurements, report.matrix, report.evidence, report.remarks];
    return typeof report.runId === 'string' && lists.every(Array.isArray) ? report : undefined;
  } catch {
    return undefined;
  }
}

function summaryOf({ gates, ...report }: Report): RunSummary {
  const { runId, outcome, startedAt, durationMs, provider, actor, commit } = report;
  const gatesGo = gates.filter(({ verdict }) => verdict === 'go').length;
  return { runId, outcome, startedAt, durationMs, provider, actor, commit, gatesGo, gates: gates.length };
}

function nothingYet(error: unknown): string[] {
  if (codeOf(error) !== 'ENOENT') throw error;
  return [];
}

function notThere(error: unknown): undefined {
  if (!['ENOENT', 'EISDIR', 'ENAMETOOLONG'].includes(codeOf(error) ?? '')) throw error;
}
