import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { auditor } from '../../ops/contract/index.ts';
import { counted } from '../../ops/counted.ts';
import { isSuperuser, readSqlFolder, requireHeader, runStatement, type Session } from '../../ops/postgres/index.ts';
import { loadChecks, runCheck, runCheckAsHolder, wantsLogin, type Check } from '../checks.ts';
import { dropLeftovers } from '../confined/index.ts';
import { listGaps } from '../gaps.ts';
import { knownFiles } from '../linking.ts';
import { notMeasured, type Measurement } from '../measurement.ts';
import { loggedInAs } from '../own-login.ts';
import type { Answer } from '../report.ts';
import { measureSeeds } from '../seeds.ts';
import type { Holder, Step, StepContext } from '../step.ts';

/** Runs every check, Drydock's and the project's, read-only; one that fails does not hide the others. */
export const check: Step = {
  name: 'check',
  title: 'Check structure, rights and data',

  async run(context) {
    const all = await loadChecks(context.project);
    await using session = await context.connect();
    const checks = context.holder ? await thoseOf(context, session, context.holder, all) : all;
    const runner = await runnerFor(context, session);
    if (!context.holder) await dropLeftovers(session);
    const errors: unknown[] = [];
    // one snapshot for all of them
    await session.rolledBack(async () => {
      for (const [done, item] of checks.entries()) {
        context.progress(item.title, { done, total: checks.length });
        context.record.measure(await runOrNote(runner, item, errors));
      }
      if (!context.holder) await measureAsOperator(context, session);
    }, 'begin isolation level repeatable read');
    if (errors.length > 0) throw errors[0];
    const results = context.record.measurements.filter(({ id }) => id.startsWith('check/'));
    const others = all.length > checks.length ? `; ${all.length - checks.length} are the operator’s` : '';
    return { summary: inWords(results) + others, rows: results.reduce((sum, { examined }) => sum + examined, 0) };
  },
};

/** What is read past row-level security, and no lease's to see. */
async function measureAsOperator(context: StepContext, session: Session): Promise<void> {
  const seeds = await measureSeeds(session, context.project, context.now());
  if (seeds) context.record.measure(seeds);
  context.record.answers.push(...(await answerEvidenceQueries(session)));
  for (const { name, title, content } of await listGaps(session, context.project)) {
    context.record.attach({ name, title, content });
  }
}

/** The auditor's checks that the operator stored, and those of the lease's own profile; the others are named. */
async function thoseOf(
  context: StepContext,
  session: Session,
  { profile }: Holder,
  all: readonly Check[],
): Promise<Check[]> {
  const known = await knownFiles(session);
  const isOwn = ({ as, file }: Check) => as === profile || known.get(file.path) === file.sha256;
  const others = all.filter((item) => !isOwn(item)).map(({ id, as }) => `${id} (as ${as})`);
  if (others.length > 0) context.record.note(`not for a lease to run: ${others.join(', ')}`);
  return all.filter(isOwn);
}

type Runner = (item: Check) => Promise<Measurement>;

/** Without a superuser nobody takes another login: what depends on one is run over a login of the role's own. */
async function runnerFor(context: StepContext, session: Session): Promise<Runner> {
  const { holder } = context;
  if (holder) return (item) => runCheckAsHolder(session, item, holder);
  if (await isSuperuser(session)) return (item) => runCheck(session, item);
  return (item) => (wantsLogin(item) ? runOverLogin(context, item) : runCheck(session, item, false));
}

function runOverLogin(context: StepContext, item: Check): Promise<Measurement> {
  return loggedInAs(context, item.as, (session) =>
    session.rolledBack(() => runCheckAsHolder(session, item, { profile: item.as })),
  );
}

async function runOrNote(run: Runner, item: Check, errors: unknown[]): Promise<Measurement> {
  try {
    return await run(item);
  } catch (error) {
    errors.push(error);
    return notMeasured(item.id, item.title, `${item.file.path} failed`);
  }
}

function inWords(results: Measurement[]): string {
  const count = (verdict: string) => results.filter((result) => result.verdict === verdict).length;
  return `${counted(results.length, 'check')}: ${count('go')} go, ${count('no-go')} no-go, ${count('unproven')} unproven`;
}

/** The questions that an auditor asks first, answered as the auditor. */
async function answerEvidenceQueries(session: Session): Promise<Answer[]> {
  const files = await readSqlFolder(builtinRoot, join(builtinSql, 'evidence'));
  return session.takenBack(async () => {
    await session.setLocalRole(auditor);
    const answers: Answer[] = [];
    for (const file of files) {
      answers.push({ title: requireHeader(file, 'title'), rows: (await runStatement(session, file)).rows });
    }
    return answers;
  });
}
