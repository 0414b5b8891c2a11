import { counted } from '../../ops/counted.ts';
import { csvOf } from '../../ops/csv.ts';
import { qualified, type Session } from '../../ops/postgres/index.ts';
import { endConfinement } from '../confined/index.ts';
import { loadLinkRules, provideLinkRules, runLinkRule, type LinkCount, type LinkRule } from '../linking.ts';
import { measured } from '../measurement.ts';
import { actorOf, type Step, type StepContext } from '../step.ts';

/** How far a link column is filled. */
interface Coverage {
  /** `schema.table.column` */
  readonly link: string;
  readonly total: number;
  readonly linked: number;
}

/** Fills the links between domains by the project's rules, through the linker's function and nothing else. */
export const hydrate: Step = {
  name: 'hydrate',
  title: 'Link the domains, filling nulls only',
  changes: 'rows',

  async run(context) {
    const { hydrate: settings, contract, lease } = context.project.config;
    if (!settings) return { summary: 'no link rules in this project' };
    const rules = await loadLinkRules(context.project, settings.folder);
    await using session = await context.connect();
    await provideLinkRules(session, context.holder, context.project, rules);
    const { call } = contract.linkers[settings.linker]!;
    const counts: LinkCount[] = [];
    const as = actorOf(context, lease.profile);
    for (const rule of rules) counts.push(await session.transaction(() => runLinkRule(session, as, call, rule)));
    await endConfinement(session);
    const coverage = await verifyLinkage(context, session, rules);
    await record(context, session, rules, counts, coverage);
    const linked = counts.reduce((sum, count) => sum + count.linked, 0);
    return {
      summary: `${counted(rules.length, 'rule')}, ${counted(linked, 'link')} filled; ${inWords(coverage)}`,
      rows: linked,
      changed: linked,
    };
  },
};

/**
 * Counts every link column, as the administrator past row-level security, as a lease what it sees, and writes the counts
 * to audit.linkage_verification.
 */
async function verifyLinkage(context: StepContext, session: Session, rules: LinkRule[]): Promise<Coverage[]> {
  const columns = new Map(rules.map((rule) => [`${rule.schema}.${rule.table}.${rule.link}`, rule]));
  const coverage: Coverage[] = [];
  for (const [link, rule] of columns) {
    const counted = await session.row<{ total: number; linked: number }>(
      `select count(*) as total, count(${qualified(rule.table, rule.link)}) as linked from ${qualified(rule.schema, rule.table)}`,
    );
    const { total, linked } = counted;
    await session.query('select drydock.note_linkage($1, $2, $3, $4)', [context.runId, link, total, linked]);
    coverage.push({ link, ...counted });
  }
  return coverage;
}

async function record(
  context: StepContext,
  session: Session,
  rules: LinkRule[],
  counts: LinkCount[],
  coverage: Coverage[],
): Promise<void> {
  context.record.measure(
    measured({
      id: 'hydrate/ambiguous',
      title: 'No row has link proposals that disagree',
      severity: 'warning',
      // a rule that found nothing to propose was looked at too
      examined: counts.reduce((sum, { examined }) => sum + Math.max(examined, 1), 0),
      violations: counts.reduce((sum, { ambiguous }) => sum + ambiguous, 0),
      findings: counts
        .filter(({ ambiguous }) => ambiguous > 0)
        .map(({ rule, link, ambiguous }) => ({
          level: 'warning',
          object: link,
          detail: `${ambiguous} rows have several proposals; none was taken`,
          file: rule,
        })),
    }),
  );
  context.record.attach({
    name: 'linkage.json',
    title: 'Link rules and coverage',
    content: JSON.stringify({ rules: counts, coverage: coverage.map(withPercent) }, null, 2),
  });
  context.record.attach({
    name: 'linkage-gaps.csv',
    title: 'Rows whose links are still missing',
    content: await gapsAsCsv(session, rules),
  });
}

/** Every row with a null link: which column, which key. */
async function gapsAsCsv(session: Session, rules: LinkRule[]): Promise<string> {
  const links = new Map(rules.map((rule) => [`${rule.schema}.${rule.table}.${rule.link}`, rule]));
  const gaps: { link: string; key: string }[] = [];
  for (const [link, { schema, table, link: column }] of links) {
    const target = qualified(schema, table);
    const { rows } = await session.query<{ key: string }>(
      `select (select jsonb_object_agg(name, to_jsonb(gap.*) -> name) from unnest(drydock.key_columns($1::regclass)) as name)::text as key
       from ${target} as gap where ${qualified('gap', column)} is null order by key`,
      [target],
    );
    gaps.push(...rows.map(({ key }) => ({ link, key })));
  }
  return csvOf(gaps, ['link', 'key']);
}

function withPercent(coverage: Coverage) {
  return { ...coverage, percent: percent(coverage) };
}

function percent({ total, linked }: Coverage): number | null {
  return total === 0 ? null : Math.round((linked / total) * 1000) / 10;
}

function inWords(coverage: Coverage[]): string {
  const sum = (key: 'total' | 'linked') => coverage.reduce((all, item) => all + item[key], 0);
  return `${sum('linked')} of ${sum('total')} linked in ${counted(coverage.length, 'column')}`;
}
