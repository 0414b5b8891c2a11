import { randomBytes } from 'node:crypto';
import type { Project } from '../../ops/config/index.ts';
import type { Redactor } from '../../ops/redact.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { loadChecks, runCheck, type Check } from '../checks.ts';
import { contextOn } from '../context.ts';
import type { Verdict } from '../measurement.ts';
import { pipeline } from '../pipeline.ts';
import type { Provider } from '../providers/index.ts';
import type { RunSettings, StepContext } from '../step.ts';
import { waiverOfFault, type WaiverOrder } from '../waivers.ts';
import { blindChecks } from './blinded.ts';
import { makeFaults } from './faults.ts';
import { plant, type Planted } from './plant.ts';
import { witnessesOf } from './witnesses.ts';

export type { Planted } from './plant.ts';

export interface SelftestOrder {
  readonly project: Project;
  readonly provider: Provider;
  readonly home: string;
  readonly settings: RunSettings;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  /** Only faults of this class or kind. */
  readonly only?: string | undefined;
  now(): Date;
  progress(done: number, total: number): void;
}

/** What became of the planted faults. The screen and `--json` are renderings of this. */
export interface SelftestReport {
  readonly verdict: Verdict;
  readonly project: string;
  readonly durationMs: number;
  readonly planted: number;
  readonly caught: number;
  /** Caught of planted, in percent with one decimal; null when nothing was planted. */
  readonly killRate: number | null;
  /** The same per class of faults, in order of name. */
  readonly classes: readonly FaultClass[];
  readonly faults: readonly Planted[];
  readonly survivors: readonly Planted[];
  /** What nothing caught and somebody answers for until a day, in drydock.yaml: it does not count against the project. */
  readonly waived: readonly WaivedFault[];
  /** Faults that the database itself refused: they cannot happen, and do not count. */
  readonly refused: readonly Planted[];
}

/** How many faults of a class were planted, and how many of them caught. */
export interface FaultClass {
  readonly name: string;
  readonly planted: number;
  readonly caught: number;
}

/** A survivor and the waiver that names it. */
export interface WaivedFault extends Planted {
  readonly waiver: WaiverOrder;
}

/** What a staging must have gone through before faults make sense in it. */
const rehearsal = ['bootstrap', 'lend', 'apply', 'backfill', 'hydrate'];

/**
 * Plants faults, one by one, in a staging of the project's own, and reports what noticed each.
 * @throws whatever a step of the rehearsal throws: a project that is not green cannot be tested with faults
 */
export async function selftest(order: SelftestOrder): Promise<SelftestReport> {
  const startedAt = performance.now();
  const { project, provider, home, settings, redactor, signal } = order;
  const runId = `selftest-${randomBytes(6).toString('hex')}`;
  await using instance = await provider.start({ runId, home, admin: project.config.admin, signal });
  redactor.add(instance.adminPassword);
  const context = contextOn(instance, project, { runId, settings, redactor, signal });
  for (const name of rehearsal) await pipeline.find((step) => step.name === name)!.run(context);
  const faults = await plantAll(context, order);
  return reportOf(project, faults, order.now(), Math.round(performance.now() - startedAt));
}

async function plantAll(context: StepContext, order: SelftestOrder): Promise<Planted[]> {
  const { config } = order.project;
  const checks = await loadChecks(order.project);
  await using session = await context.connect({ purpose: 'probe' });
  const quiet = await quietChecks(session, checks);
  const wanted = (kind: string, faultClass: string) => !order.only || [kind, faultClass].includes(order.only);
  const faults = (await makeFaults(session)).filter(({ kind, faultClass }) => wanted(kind, faultClass));
  const witnesses = await witnessesOf(quiet);
  const planted: Planted[] = [];
  for (const fault of faults) {
    planted.push(await plant(session, config, witnesses, fault));
    order.progress(planted.length, faults.length);
  }
  const blinded = await blindChecks(session, quiet);
  return [...planted, ...blinded.filter(({ fault }) => wanted(fault.kind, fault.faultClass))];
}

/** A check that complains before anything is planted cannot be a witness. */
async function quietChecks(session: Session, checks: readonly Check[]): Promise<Check[]> {
  return session.rolledBack(async () => {
    const quiet: Check[] = [];
    for (const check of checks) {
      const { verdict, violations } = await runCheck(session, check);
      if (verdict === 'go' && violations === 0) quiet.push(check);
    }
    return quiet;
  });
}

function reportOf(project: Project, faults: readonly Planted[], now: Date, durationMs: number): SelftestReport {
  const refused = faults.filter((fault) => fault.refused !== undefined);
  const planted = faults.filter((fault) => fault.refused === undefined);
  const missed = planted.filter(({ catches }) => catches.length === 0);
  const waived = missed.flatMap((fault) => {
    const waiver = waiverOfFault(project.config.waivers, fault.fault, now);
    return waiver ? [{ ...fault, waiver }] : [];
  });
  const survivors = missed.filter(({ fault }) => !waived.some((known) => known.fault === fault));
  const caught = planted.length - missed.length;
  const killRate = planted.length === 0 ? null : Math.floor((caught / planted.length) * 1000) / 10;
  return {
    verdict: killRate === null ? 'unproven' : survivors.length === 0 ? 'go' : 'no-go',
    project: project.config.project,
    durationMs,
    planted: planted.length,
    caught,
    killRate,
    classes: classesOf(planted),
    faults: planted,
    survivors,
    waived,
    refused,
  };
}

function classesOf(planted: readonly Planted[]): FaultClass[] {
  const groups = Map.groupBy(planted, ({ fault }) => fault.faultClass);
  return [...groups]
    .map(([name, faults]) => ({
      name,
      planted: faults.length,
      caught: faults.filter(({ catches }) => catches.length > 0).length,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
