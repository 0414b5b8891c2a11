import { errorReport } from './error-report.ts';
import type { StepReport, StepStatus } from './report.ts';
import type { RunOrder } from './run-order.ts';
import type { RunRecord, Step, StepOutcome } from './step.ts';

/** A step as its line names it. */
type Named = Pick<Step, 'name' | 'title'>;

/** What stands around the pipeline and has a line too. */
export const startStep = { name: 'start', title: 'Get a staging Postgres' };
export const stopStep = { name: 'stop', title: 'Take the staging down' };
export const leaveStep = { name: 'leave', title: 'Leave the staging up' };

/** The steps of a run as they are performed: each gets its line, whatever becomes of it. */
export class StepLog {
  readonly lines: StepReport[] = [];
  readonly #order: Pick<RunOrder, 'observer' | 'redactor' | 'signal'>;
  readonly #record: RunRecord;
  #current: Named = startStep;
  #failure: unknown;

  constructor(order: Pick<RunOrder, 'observer' | 'redactor' | 'signal'>, record: RunRecord) {
    this.#order = order;
    this.#record = record;
  }

  /** The step that is performed, or was last. */
  get current(): Named {
    return this.#current;
  }

  /** What the run failed with; undefined while it has not. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Makes this the run's failure, unless it has one: the first is the cause of the others. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Performs a step and writes its line; what it throws becomes the run's failure. */
  async perform<T>(step: Named, work: () => Promise<StepOutcome & { value: T }>): Promise<T | undefined> {
    this.#current = step;
    const before = this.#record.measurements.length;
    const begunAt = performance.now();
    this.#order.observer.stepStarted(step.title);
    const finish = (status: StepStatus, summary: string, rows: number | null) => {
      const findings = this.#record.measurements.slice(before).flatMap((measurement) => measurement.findings);
      const durationMs = Math.round(performance.now() - begunAt);
      this.#write({ ...step, status, durationMs, summary, rows, findings });
    };
    try {
      const { value, summary, rows = null } = await work();
      finish('done', summary, rows);
      return value;
    } catch (error) {
      this.fail(error);
      finish(this.#statusOf(error), errorReport(error).message.split('\n')[0]!, null);
      return undefined;
    }
  }

  skip({ name, title }: Named, summary = 'not tried'): void {
    this.#write({ name, title, status: 'skipped', durationMs: 0, summary, rows: null, findings: [] });
  }

  #write({ name, title, status, durationMs, summary, rows, findings }: StepReport): void {
    const line = { name, title, status, durationMs, summary: this.#order.redactor.redact(summary), rows, findings };
    this.lines.push(line);
    this.#order.observer.stepFinished(line);
  }

  #statusOf(error: unknown): StepStatus {
    if (this.#order.signal.aborted) return 'cancelled';
    return errorReport(error).code === 'CONNECT_FAILED' ? 'blocked' : 'failed';
  }
}
