import { prepareParser } from '../ops/postgres/index.ts';
import { Connections } from './connections.ts';
import { runAndShowChanges } from './change-summary.ts';
import { closeOut, measureTrail } from './close-out/index.ts';
import { errorReport } from './error-report.ts';
import { decideGates, verdictOf, type Gate } from './gates.ts';
import { loadChecks, type Check } from './checks.ts';
import { inputsOf, type Inputs } from './inputs.ts';
import { isAlways, pipeline, workingAhead } from './pipeline.ts';
import { combine, type Verdict } from './measurement.ts';
import { adminTarget, type Instance } from './providers/index.ts';
import type { Outcome, Report } from './report.ts';
import { newRunId } from './run-id.ts';
import type { RunOrder } from './run-order.ts';
import { endOfLog } from './server-log.ts';
import { RunRecord, type Step, type StepContext, type StepOutcome } from './step.ts';
import { leaveStep, startStep, StepLog, stopStep } from './step-log.ts';
import { copyToTemplate, warmUpStaging } from './templates.ts';

/**
 * Rehearses a project: brings up an instance, runs the pipeline, decides the gates, takes the instance down, and writes
 * the close-out. What a step throws ends up in the report, not here.
 */
export async function run(order: RunOrder): Promise<Report> {
  return new Run(order).execute();
}

/**
 * Does single steps on a staging that is there. They are judged by what they measured and by nothing else: no gate is
 * decided from a part of the work, and nothing is added to the trail.
 */
export async function runSteps(order: RunOrder): Promise<Report> {
  return new Run(order).executeSteps();
}

class Run {
  readonly #order: RunOrder;
  readonly #runId: string;
  readonly #startedAt: Date;
  readonly #record = new RunRecord();
  readonly #log: StepLog;
  #pipeline = pipeline;
  #perStep = (step: Step, context: StepContext): Promise<StepOutcome> => step.run(context);
  #serverVersion: string | null = null;
  #inputs: Inputs | null = null;

  constructor(order: RunOrder) {
    this.#order = order;
    this.#log = new StepLog(order, this.#record);
    this.#startedAt = order.now();
    this.#runId = newRunId(this.#startedAt);
  }

  async execute(): Promise<Report> {
    const { project, place } = this.#order;
    const begunAt = performance.now();
    prepareParser();
    this.#pipeline = workingAhead(this.#order);
    await this.#doTheSteps();
    await measureTrail(place, this.#record);
    this.#record.waive(project.config.waivers, this.#order.now());
    const gates = decideGates(project, await this.#checksOrNone(), this.#record.measurements);
    const report = this.#report(verdictOf(gates), gates, Math.round(performance.now() - begunAt));
    return closeOut(place, report, this.#record.evidence, this.#order.redactor);
  }

  async executeSteps(): Promise<Report> {
    const { chosen } = this.#order;
    this.#pipeline = pipeline.filter(({ name }) => chosen?.has(name) ?? true);
    // a whole run compares every row with the log, in a check of its own
    this.#perStep = runAndShowChanges;
    const begunAt = performance.now();
    await this.#doTheSteps();
    this.#record.waive(this.#order.project.config.waivers, this.#order.now());
    const made = this.#record.measurements;
    // a step that only probes sends nothing that could fail
    const unsent = made.findIndex(({ id, examined }) => id === 'meter/errors' && examined === 0);
    if (unsent >= 0) made.splice(unsent, 1);
    const verdict = combine(made.map((measurement) => measurement.verdict));
    const report = this.#report(verdict, [], Math.round(performance.now() - begunAt));
    return this.#order.redactor.redactAll(report);
  }

  async #doTheSteps(): Promise<void> {
    // a file that cannot be read fails the step that needs it, which says why
    this.#inputs = await inputsOf(this.#order.project).catch(() => null);
    const instance = await this.#log.perform(startStep, () => this.#start());
    if (instance) {
      await this.#runPipeline(instance);
      await this.#log.perform(this.#order.stays ? leaveStep : stopStep, () => this.#stop(instance));
    } else {
      for (const step of this.#pipeline) this.#log.skip(step);
    }
  }

  #report(verdict: Verdict, gates: Gate[], durationMs: number): Report {
    const { project, provider, settings, commit } = this.#order;
    const { lines: steps, failure } = this.#log;
    return {
      runId: this.#runId,
      outcome: this.#outcome(verdict),
      project: project.config.project,
      database: project.config.database,
      provider: provider.name,
      serverVersion: this.#serverVersion,
      actor: settings.actor,
      commit,
      inputs: this.#inputs,
      version: settings.version,
      workflow: settings.workflow ?? null,
      startedAt: this.#startedAt.toISOString(),
      durationMs,
      steps,
      gates,
      measurements: this.#record.measurements,
      matrix: this.#record.matrix,
      credentials: this.#record.credentials,
      answers: this.#record.answers,
      remarks: this.#record.remarks,
      evidence: [],
      error: failure === undefined ? null : errorReport(failure),
      trail: null,
    };
  }

  async #start(): Promise<{ value: Instance; summary: string }> {
    const { provider, home, project, signal, observer, redactor } = this.#order;
    const instance = await provider.start({
      runId: this.#runId,
      home,
      admin: project.config.admin,
      signal,
      note: (line) => observer.progress(line),
    });
    redactor.add(instance.adminPassword);
    this.#serverVersion = instance.serverVersion;
    return { value: instance, summary: `${provider.name}, Postgres ${instance.serverVersion}, port ${instance.port}` };
  }

  async #runPipeline(instance: Instance): Promise<void> {
    const { project, chosen, observer } = this.#order;
    const logStart = await endOfLog(instance.logFile);
    const connections = new Connections(adminTarget(instance, project.config.database), observer.statement);
    const context = this.#contextOf(instance, connections);
    const cancel = () => void connections.cancelAll().catch((error: unknown) => this.#log.fail(error));
    this.#order.signal.addEventListener('abort', cancel, { once: true });
    for (const step of this.#pipeline) {
      const stopped = this.#log.failure !== undefined || this.#order.signal.aborted;
      if (chosen && !chosen.has(step.name)) this.#log.skip(step, 'not asked for');
      else if (stopped && !isAlways(step)) this.#log.skip(step);
      else await this.#log.perform(step, async () => ({ value: step, ...(await this.#do(step, context)) }));
    }
    this.#order.signal.removeEventListener('abort', cancel);
    const ended = this.#record.credentials.map(({ role }) => role);
    const { failure } = this.#log;
    this.#record.measure(await connections.measureErrors(instance.logFile, { ended, logStart, failure }));
  }

  async #do(step: Step, context: StepContext): Promise<StepOutcome> {
    const outcome = await this.#perStep(step, context);
    if (!step.changes || !this.#order.keepsTemplate) return outcome;
    const missed = await copyToTemplate(context, step.name);
    return missed ? { ...outcome, summary: `${outcome.summary}; no template of it: ${missed}` } : outcome;
  }

  async #stop(instance: Instance): Promise<{ value: null; summary: string }> {
    const { keepsTemplate, project } = this.#order;
    if (keepsTemplate) await warmUpStaging(instance, project.config.database);
    await instance.stop();
    const gone = instance.provider === 'remote' ? 'nothing of the run left on it' : 'no process, no data left';
    return { value: null, summary: this.#order.stays?.() ?? gone };
  }

  #contextOf(instance: Instance, connections: Connections): StepContext {
    const { project, settings, redactor, signal, observer, now } = this.#order;
    return {
      runId: this.#runId,
      project,
      instance,
      settings,
      redactor,
      signal,
      record: this.#record,
      lease: undefined,
      holder: this.#order.holder,
      now,
      progress: (line, share) => observer.progress(line, share),
      connect: ({ database, lease, purpose } = {}) =>
        connections.open(this.#log.current.name, {
          target: lease?.target,
          database,
          probe: purpose === 'probe',
          // cleaning up goes on after a cancellation, everything else stops at its next statement
          signal: isAlways(this.#log.current) || purpose === 'clean-up' ? undefined : signal,
        }),
    };
  }

  #outcome(verdict: Outcome): Outcome {
    if (this.#order.signal.aborted) return 'cancelled';
    return this.#log.failure === undefined ? verdict : 'failed';
  }

  /** Which checks should have run, even when none did. A check that cannot be loaded has already failed its step. */
  async #checksOrNone(): Promise<Check[]> {
    try {
      return await loadChecks(this.#order.project);
    } catch (error) {
      this.#log.fail(error);
      return [];
    }
  }
}
