import { pendingOf } from '../applying.ts';
import { measured } from '../measurement.ts';
import { loadMigrations } from '../migrations.ts';
import { readReadiness } from '../readiness/index.ts';
import { backup } from './backup.ts';
import { change, measureOrder, outside } from './change.ts';
import type { Phase } from './context.ts';
import { oldBackups } from './old-backups.ts';
import { measureDrift, type Drift } from './drift.ts';
import { openIntents, stateOf } from './intent.ts';
import { preflight } from './preflight.ts';
import { measureBefore } from './proof.ts';

/** Evidence and names: is this change, as it is now, shown to be safe, and has everybody said yes? */
const readiness: Phase = {
  name: 'readiness',
  title: 'Is the change ready?',

  async run(context) {
    const { project, source, place, now } = context.order;
    const found = await readReadiness({ project, source, place, now: now(), serverMajor: context.serverMajor });
    const { verdict, missing, signOffs, run } = found.readiness;
    context.rehearsal = found.rehearsal;
    context.signOffs = signOffs;
    const facts = {
      id: 'promotion/readiness',
      title: 'A rehearsal shows it is safe, and everybody has signed',
      examined: found.readiness.criteria.length + signOffs.length,
      violations: missing.length,
      findings: missing.map((detail) => ({ level: 'error' as const, object: 'readiness', detail })),
    };
    context.measurements.push({ ...measured(facts), verdict });
    const signed = signOffs.filter(({ status }) => status === 'signed').length;
    return `${verdict}${run ? `, by run ${run.runId}` : ''}, ${signed} of ${signOffs.length} sign-offs`;
  },
};

/** Promotions that died before they wrote down how they ended. */
const settle: Phase = {
  name: 'settle',
  title: 'Find out how earlier promotions ended',

  async run(context) {
    const { place, targetName } = context.order;
    const intents = await openIntents(place.promotions, targetName);
    for (const { promotionId } of intents) {
      context.settled.push({ promotionId, state: await stateOf(context.session, promotionId) });
    }
    return (
      context.settled.map(({ promotionId, state }) => `${promotionId} left it ${state}`).join(', ') || 'none is open'
    );
  },
};

const pending: Phase = {
  name: 'pending',
  title: 'What does the target not have yet?',

  async run(context) {
    const all = await loadMigrations(context.order.project);
    context.pending = context.isLaid ? await pendingOf(context.session, all) : all;
    measureOrder(context);
    return `${context.pending.length} of ${all.length} migrations`;
  },
};

/** Whether the target is what the rehearsal took it for. */
const drift: Phase = {
  name: 'drift',
  title: 'Compare the target with what was rehearsed',

  async run(context) {
    const { order, pending: missing, isLaid } = context;
    const later = new Set(missing.map(({ file }) => file.path));
    const there = (await loadMigrations(order.project)).map(({ file }) => file.path).filter((path) => !later.has(path));
    const found = await measureDrift(order, there);
    const differences = isLaid ? found.differences : found.differences.filter(({ change: kind }) => kind === 'added');
    context.measurements.push(measurementOf({ ...found, differences }, there.length));
    return `${there.length} migrations rehearsed on Postgres ${found.rehearsedOn}, ${differences.length} differences`;
  },
};

/** The same checks, on what is committed. */
const afterwards: Phase = {
  name: 'after',
  title: 'Check what is there now',

  async run(context) {
    const { order, session } = context;
    if (order.isDryRun) return 'nothing was changed';
    const made = await measureBefore(session, order.project);
    const open = [...made.values()]
      .filter(({ verdict }) => verdict !== 'go')
      .map(({ id, verdict }) => `${id} is ${verdict}`);
    return `${made.size} checks of the project; ${open.join(', ') || 'all go'}`;
  },
};

/** What a promotion does once it is on the target, in order. */
export const phases: readonly Phase[] = [
  settle,
  readiness,
  pending,
  preflight,
  drift,
  backup,
  change,
  outside,
  afterwards,
  oldBackups,
];

/** A target that is laid lacks nothing; one that is not may have nothing of the project's yet. */
function measurementOf({ differences }: Drift, migrations: number) {
  return measured({
    id: 'promotion/drift',
    title: 'The target’s structure is what the rehearsal took it for',
    examined: migrations + 1,
    violations: differences.length,
    findings: differences.map(({ kind, object, change: what, fields }) => ({
      level: 'error' as const,
      object: `${kind} ${object}`,
      detail: inWords[what] + fields.map(({ field }) => ` ${field}`).join(','),
      remedy: 'Write down as a migration what somebody did by hand, or take it back; then rehearse again.',
    })),
  });
}

const inWords = {
  added: 'is on the target and no migration makes it',
  removed: 'is made by a migration and not on the target',
  changed: 'is not as the migrations make it:',
};
