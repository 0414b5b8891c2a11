import { join } from 'node:path';
import { DrydockError } from '../../ops/errors.ts';
import {
  oneStatement,
  readSqlFolder,
  requireHeader,
  wrapped,
  type Session,
  type SqlFile,
} from '../../ops/postgres/index.ts';
import { compareContents, contentsOf } from '../contents.ts';
import { endConfinement, runAs, type Actor } from '../confined/index.ts';
import { loadLinkRules, provideLinkRules, runLinkRule, type LinkRule } from '../linking.ts';
import { measured } from '../measurement.ts';
import { actorOf, type Step, type StepContext, type StepOutcome } from '../step.ts';

/** What one file of the ingest came to. */
interface IngestCount {
  readonly file: string;
  /** What is counted, in the reader's words: "strategic directives". */
  readonly counts: string;
  readonly processed: number;
  readonly changed: number;
}

interface TableChange {
  readonly table_name: string;
  readonly operation: string;
  readonly count: number;
}

/** Reads the other domain through views, and links to it; as a dry run it does all of it and takes it back. */
export const ingest: Step = {
  name: 'ingest',
  title: 'Ingest governance, reading views and writing links only',
  changes: 'rows',

  async run(context) {
    const settings = context.project.config.ingest;
    if (!settings) return { summary: 'no ingest in this project' };
    if (context.settings.ingest === 'disabled') return { summary: 'disabled by VH_INGEST_ENABLED' };
    const files = await readSqlFolder(context.project.root, join(context.project.root, settings.folder));
    const rules = await loadLinkRules(context.project, settings.folder);
    await using session = await context.connect();
    await provideLinkRules(session, context.holder, context.project, rules);
    return await (context.settings.ingest === 'live'
      ? ingestLive(context, session, files, rules)
      : ingestDry(context, session, files, rules));
  },
};

async function ingestLive(
  context: StepContext,
  session: Session,
  files: SqlFile[],
  rules: LinkRule[],
): Promise<StepOutcome> {
  const { counts } = await session.transaction(() => ingestAll(context, session, files, rules));
  await endConfinement(session);
  const changed = changedRows(counts);
  return { summary: `live: ${inWords(counts)}`, rows: changed, changed };
}

/** The whole work in a transaction that is rolled back; then every table is compared with what it held before. */
async function ingestDry(
  context: StepContext,
  session: Session,
  files: SqlFile[],
  rules: LinkRule[],
): Promise<StepOutcome> {
  const before = await contentsOf(session);
  const { counts, changes } = await session.rolledBack(() => ingestAll(context, session, files, rules));
  const comparison = compareContents(before, await contentsOf(session));
  context.record.measure(
    measured({
      id: 'ingest/dry-run',
      title: 'The dry run changed no table',
      examined: before.tables.length,
      violations: comparison.changedTables.length,
      findings: comparison.changedTables.map((table) => ({
        level: 'error',
        object: table,
        detail: 'holds other rows than before the dry run',
      })),
    }),
  );
  context.record.attach({
    name: 'ingest.json',
    title: 'Dry-run ingest: processed, would change, proof that nothing changed',
    content: JSON.stringify(
      { mode: 'dry-run', counts, wouldChange: changes, proof: { before, ...comparison } },
      null,
      2,
    ),
  });
  if (comparison.changedTables.length > 0) {
    throw new DrydockError('INGEST_WROTE', `The dry run changed ${comparison.changedTables.join(', ')}.`, {
      hint: 'Something in the ingest commits on its own: look for dblink, background workers or a second connection.',
    });
  }
  return {
    summary: `dry run: ${inWords(counts)}; ${changedRows(counts)} changes, all rolled back`,
    rows: changedRows(counts),
  };
}

async function ingestAll(context: StepContext, session: Session, files: SqlFile[], rules: LinkRule[]) {
  const { linker, as } = context.project.config.ingest!;
  const { call } = context.project.config.contract.linkers[linker]!;
  const actor = actorOf(context, as);
  const counts: IngestCount[] = [];
  for (const file of files) {
    const rule = rules.find((known) => known.file.path === file.path);
    counts.push(rule ? await link(session, actor, call, rule) : await read(session, actor, file));
  }
  await session.query('reset role');
  // the change log is past row-level security, and no lease reads it
  const changes = context.holder ? null : await changesOfThisTransaction(session);
  return { counts, changes };
}

/** Counts what a file reads; it may read `views` only, which the rights of its role see to. */
async function read(session: Session, actor: Actor, file: SqlFile): Promise<IngestCount> {
  // count(source.*), since count(*) would leave every column of it uncomputed
  const sent = wrapped(await oneStatement(file), 'select count(source.*) as processed from (', ') as source');
  const { rows } = await runAs<{ processed: number }>(session, actor, file, { sent });
  return { file: file.path, counts: requireHeader(file, 'counts'), processed: rows[0]!.processed, changed: 0 };
}

async function link(session: Session, actor: Actor, call: string, rule: LinkRule): Promise<IngestCount> {
  const { examined, linked } = await runLinkRule(session, actor, call, rule);
  return { file: rule.file.path, counts: requireHeader(rule.file, 'counts'), processed: examined, changed: linked };
}

/** What the change log saw, per table and verb. */
async function changesOfThisTransaction(session: Session): Promise<TableChange[]> {
  const { rows } = await session.query<TableChange>(
    `select table_name, operation, count(*) from audit.change_log
     where transaction_id = pg_catalog.pg_current_xact_id_if_assigned() group by table_name, operation order by 1, 2`,
  );
  return rows;
}

function inWords(counts: IngestCount[]): string {
  return counts.map((item) => `${item.processed} ${item.counts}`).join(', ');
}

function changedRows(counts: IngestCount[]): number {
  return counts.reduce((sum, { changed }) => sum + changed, 0);
}
