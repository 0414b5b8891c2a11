import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriftDigest } from '../../../audit-log/digests/index.ts';
import { loadProject, type Project } from '../../../ops/config/index.ts';
import { Redactor } from '../../../ops/redact.ts';
import { closeOut } from '../../../stage/close-out/index.ts';
import { writeCloseOut } from '../../../stage/promotion/close-out.ts';
import type { Promotion, PromotionOrder } from '../../../stage/promotion/index.ts';
import type { Report } from '../../../stage/report.ts';
import { readWeekEvidence, weeklyReport, type WeeklyReport } from '../../../stage/weekly/index.ts';
import { report as goodRun, temporaryPlace } from '../close-out/good-run.ts';
import { tinyFile } from '../../support/staging.ts';

export const week = '2025-W39';
/** The Sunday of that week on which its report is due. */
export const sunday = new Date('2025-09-28T09:00:00Z');
const project: Project = await loadProject(tinyFile);

/** A trail with runs, promotions and drift digests of any time in it, each written as Drydock writes them. */
export class Weeks implements AsyncDisposable {
  readonly #place: Awaited<ReturnType<typeof temporaryPlace>>;
  #count = 0;

  private constructor(place: Awaited<ReturnType<typeof temporaryPlace>>) {
    this.#place = place;
  }

  static async begin(): Promise<Weeks> {
    return new Weeks(await temporaryPlace());
  }

  get trail(): string {
    return this.#place.trail;
  }

  get drifts(): string {
    return join(this.#place.runs, '../drift');
  }

  /** @returns its id */
  async run(startedAt: string, changes: Partial<Report> = {}): Promise<string> {
    const runId = this.#id(startedAt);
    await closeOut(this.#place, { ...goodRun, project: 'tiny', runId, startedAt, ...changes }, [], new Redactor());
    return runId;
  }

  /** A promotion whose change took so long. */
  async promotion(startedAt: string, changes: Partial<Promotion>, changeMs?: number): Promise<string> {
    const promotionId = `promote-${this.#id(startedAt)}`;
    const step = { name: 'change', title: '', status: 'done' as const, summary: '', rows: null, findings: [] };
    const phases = changeMs === undefined ? [] : [{ ...step, durationMs: changeMs }];
    const { trail, lockFile } = this.#place;
    const place = { trail, lockFile, runs: this.#place.runs, promotions: join(this.#place.runs, '../promotions') };
    const order = { place, redactor: new Redactor(), now: () => new Date(startedAt) } as PromotionOrder;
    await writeCloseOut(order, { ...goodPromotion, promotionId, startedAt, phases, ...changes });
    return promotionId;
  }

  async drift(of: string, made_at: string, findings: number): Promise<void> {
    const finding = { level: 'error', what: 'undeclared tool', tool: 'x', agent: null, calls: 1 };
    const digest = {
      kind: 'drift',
      window: { since: made_at, until: made_at },
      made_at,
      policy: { examined: 3, findings: Array.from({ length: findings }, () => finding) },
      structure: null,
      usage: { verdict: 'go', reason: '', tested: 1, drifts: [] },
    } as unknown as DriftDigest;
    await mkdir(this.drifts, { recursive: true });
    await writeFile(join(this.drifts, `week-${of}.json`), JSON.stringify(digest));
  }

  async report(now = sunday): Promise<WeeklyReport> {
    return weeklyReport(project, await readWeekEvidence(project, this.#place, this.drifts), week, now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place[Symbol.asyncDispose]();
  }

  #id(startedAt: string): string {
    this.#count += 1;
    return `${startedAt.replace(/[-:]|\.\d+/g, '')}-${this.#count.toString(16).padStart(8, '0')}`;
  }
}

const goodPromotion: Promotion = {
  promotionId: '',
  outcome: 'go',
  state: 'promoted',
  isDryRun: false,
  target: 'live',
  database: 'live',
  serverVersion: '16.14',
  actor: 'ada',
  commit: null,
  run: null,
  signOffs: [],
  startedAt: '',
  durationMs: 900,
  phases: [],
  measurements: [],
  migrations: [],
  backup: null,
  position: null,
  rollback: [],
  settled: [],
  error: null,
  trail: null,
};
