import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { auditor } from '../../ops/contract/index.ts';
import { counted } from '../../ops/counted.ts';
import { readSqlFolder, requireHeader, runStatement, type Session } from '../../ops/postgres/index.ts';
import { loadChecks, runCheck, type Check } from '../checks.ts';
import { notMeasured, type Measurement } from '../measurement.ts';
import type { Answer } from '../report.ts';
import { measureSeeds } from '../seeds.ts';
import type { Step } from '../step.ts';

/** Runs every check, Drydock's and the project's, read-only; one that fails does not hide the others. */
export const check: Step = {
  name: 'check',
  title: 'Check structure, rights and data',

  async run(context) {
    const checks = await loadChecks(context.project);
    await using session = await context.connect();
    const errors: unknown[] = [];
    // one snapshot for all of them
    await session.rolledBack(async () => {
      for (const [done, item] of checks.entries()) {
        context.progress(item.title, { done, total: checks.length });
        context.record.measure(await runOrNote(session, item, errors));
      }
      const seeds = await measureSeeds(session, context.project, context.now());
      if (seeds) context.record.measure(seeds);
      context.record.answers.push(...(await answerEvidenceQueries(session)));
    }, 'begin isolation level repeatable read');
    if (errors.length > 0) throw errors[0];
    const results = context.record.measurements.filter(({ id }) => id.startsWith('check/'));
    return { summary: inWords(results), rows: results.reduce((sum, { examined }) => sum + examined, 0) };
  },
};

async function runOrNote(session: Session, item: Check, errors: unknown[]): Promise<Measurement> {
  try {
    return await runCheck(session, item);
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
