import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import { isSignOff } from '../readiness/index.ts';
import type { Outcome, Report } from '../report.ts';
import { isPromotionReport } from '../run-id.ts';
import { runReport } from './api/schemas.ts';

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
    const there = await readdir(this.#folder).catch(nothingYet);
    const files = there.filter((file) => reportFile.test(file) && !isPromotionReport(file) && !isSignOff(file));
    const entries = await Promise.all(files.map(async (file) => [file, await this.#entry(file)] as const));
    this.#known = new Map(entries);
    const found = entries.map(([, entry]) => entry.found);
    return {
      runs: found.filter((one) => 'runId' in one).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
      unreadable: found.filter((one) => 'file' in one),
    };
  }

  /** @returns undefined when there is no such run @throws CONSOLE_REPORT when what is there is no report of it */
  async report(runId: string): Promise<Report | undefined> {
    const file = `${runId}.json`;
    if (!reportFile.test(file)) return undefined;
    const found = await this.#read(file).catch(notThere);
    if (!found || 'runId' in found) return found;
    throw new DrydockError('CONSOLE_REPORT', `The report of the run ${runId} cannot be read: ${found.reason}.`, {
      hint: `${file} was cut short or edited. Take it back from where the trail is kept: its sha256 is in the close-out.`,
    });
  }

  async #entry(file: string): Promise<Entry> {
    try {
      const { ino, mtimeMs, size } = await stat(join(this.#folder, file));
      const stamp = `${ino} ${mtimeMs} ${size}`;
      const known = this.#known.get(file);
      if (known?.stamp === stamp) return known;
      const found = await this.#read(file);
      return { stamp, found: 'runId' in found ? summaryOf(found) : found };
    } catch (error) {
      return { stamp: '', found: { file, reason: `it cannot be opened (${codeOf(error) ?? messageOf(error)})` } };
    }
  }

  async #read(file: string): Promise<Report | UnreadableRun> {
    return reportOf(file, await readFile(join(this.#folder, file), 'utf8'));
  }
}

/** What the pages need must be there; somebody may have laid anything into the folder. */
function reportOf(file: string, text: string): Report | UnreadableRun {
  const report = jsonIn(text);
  const { success, error } = runReport.safeParse(report);
  if (!success) {
    const [{ path, message }] = error.issues as [(typeof error.issues)[number]];
    return { file, reason: path.length > 0 ? `${path.map(String).join('.')}: ${message}` : 'it is no report' };
  }
  const { runId } = report as Report;
  return file === `${runId}.json` ? (report as Report) : { file, reason: `it is the report of another run, ${runId}` };
}

/** @returns undefined for what is no JSON */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
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
