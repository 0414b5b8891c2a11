import { codeOf, DrydockError, messageOf } from '../../ops/errors.ts';
import { SqlError } from '../../ops/postgres/index.ts';
import { errorReport } from '../error-report.ts';
import type { Outcome, StepReport } from '../report.ts';
import { newPromotionId } from '../run-id.ts';
import { writeCloseOut } from './close-out.ts';
import { verdictSoFar, type Phase, type PromotionContext } from './context.ts';
import { measureGuards } from './guards.ts';
import { phases } from './phases.ts';
import type { Promotion, PromotionOrder, TargetState } from './promotion.ts';
import { rollbackOf } from './rollback.ts';
import { openTarget } from './target.ts';

/**
 * Takes a rehearsed and signed change to a target: every phase is a reason to stop, and what is done to the target is done
 * in one transaction. What goes wrong ends up in the report, not here.
 */
export async function promote(order: PromotionOrder): Promise<Promotion> {
  const startedAt = order.now();
  const begun = new Beginning(order, newPromotionId(startedAt), startedAt);
  const guards = measureGuards(order);
  begun.measurements.push(guards);
  if (guards.verdict === 'go') await begun.onTarget();
  return writeCloseOut(order, begun.report());
}

/** A promotion as it goes: what it has done and found out so far. */
class Beginning {
  readonly measurements: PromotionContext['measurements'] = [];
  readonly #order: PromotionOrder;
  readonly #promotionId: string;
  readonly #startedAt: Date;
  readonly #begunAt = performance.now();
  readonly #steps: StepReport[] = [];
  #context: PromotionContext | undefined;
  #serverVersion: string | null = null;
  #failure: unknown;

  constructor(order: PromotionOrder, promotionId: string, startedAt: Date) {
    this.#order = order;
    this.#promotionId = promotionId;
    this.#startedAt = startedAt;
  }

  async onTarget(): Promise<void> {
    try {
      await using target = await openTarget(this.#order);
      const { session, serverVersion, isLaid } = target;
      this.#serverVersion = serverVersion;
      this.#context = {
        ...{ promotionId: this.#promotionId, order: this.#order, session, isLaid },
        ...{ serverMajor: Number.parseInt(serverVersion, 10), measurements: this.measurements },
        ...{ rehearsal: undefined, signOffs: [], pending: [], applied: [], backup: null, position: null, settled: [] },
        state: 'untouched',
      };
      for (const phase of phases) if (!(await this.#perform(phase, this.#context))) break;
    } catch (error) {
      this.#failure ??= error;
    }
  }

  /** @returns whether to go on */
  async #perform(phase: Phase, context: PromotionContext): Promise<boolean> {
    const { observer, signal, redactor } = this.#order;
    const { name, title } = phase;
    const before = this.measurements.length;
    const begunAt = performance.now();
    observer.stepStarted(title);
    const finish = (status: StepReport['status'], summary: string) => {
      const findings = this.measurements.slice(before).flatMap((measurement) => measurement.findings);
      const durationMs = Math.round(performance.now() - begunAt);
      const step = { name, title, status, durationMs, summary: redactor.redact(summary), rows: null, findings };
      this.#steps.push(step);
      observer.stepFinished(step);
    };
    try {
      signal.throwIfAborted();
      finish('done', await phase.run(context));
      return verdictSoFar(this.measurements) === 'go';
    } catch (error) {
      this.#failure = inItsWords(error, this.#order);
      finish(signal.aborted ? 'cancelled' : 'failed', errorReport(this.#failure).message.split('\n')[0]!);
      return false;
    }
  }

  report(): Promotion {
    const { isDryRun, targetName, target, actor } = this.#order;
    const context = this.#context;
    const state = this.#state();
    const report = context?.rehearsal?.report;
    const facts = {
      promotionId: this.#promotionId,
      outcome: this.#outcome(),
      state,
      isDryRun,
      target: targetName,
      database: target.database,
      serverVersion: this.#serverVersion,
      actor,
      commit: report?.commit ?? null,
      run: report ? { runId: report.runId, report: context!.rehearsal!.sha256 } : null,
      signOffs: context?.signOffs ?? [],
      startedAt: this.#startedAt.toISOString(),
      durationMs: Math.round(performance.now() - this.#begunAt),
      phases: this.#steps,
      measurements: this.measurements,
      migrations: context?.applied ?? [],
      backup: context?.backup ?? null,
      position: context?.position ?? null,
      settled: context?.settled ?? [],
      error: this.#failure === undefined ? null : errorReport(this.#failure),
      trail: null,
    };
    return { ...facts, rollback: rollbackOf(facts) };
  }

  /** Committed, and files that stand alone still to come, is in part. */
  #state(): TargetState {
    const context = this.#context;
    if (context?.state !== 'promoted') return context?.state ?? 'untouched';
    return context.applied.length === context.pending.length ? 'promoted' : 'in part';
  }

  #outcome(): Outcome {
    if (this.#failure === undefined) return verdictSoFar(this.measurements);
    return this.#order.signal.aborted ? 'cancelled' : 'failed';
  }
}

/** A server that ended, or a connection that was cut, is no fault of ours to report as one. */
function inItsWords(error: unknown, { target }: PromotionOrder): unknown {
  const cut =
    /^(57P|08)/.test((error instanceof SqlError ? error.sqlstate : codeOf(error)) ?? '') ||
    /^Connection terminated|ECONNRESET/.test(messageOf(error));
  if (!cut) return error;
  return new DrydockError(
    'PROMOTE_CONNECTION',
    `The connection to ${target.host}:${target.port} was lost: ${messageOf(error)}.`,
    {
      hint: 'Look at the server; then promote again, which first finds out how this one ended.',
      cause: error,
    },
  );
}
