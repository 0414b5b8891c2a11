import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appendEntry } from '../../audit-log/trail/index.ts';
import { hasRow, line, table } from '../../ops/markdown.ts';
import { sha256 } from '../../ops/evidence.ts';
import type { Redactor } from '../../ops/redact.ts';
import type { TrailReference } from '../report.ts';
import { forgetIntent } from './intent.ts';
import type { Promotion, PromotionOrder } from './promotion.ts';
import type { Ramp } from './ramp.ts';

/** The chain of the trail that promotions have for themselves: `YYYY-MM-DD-prod.md`. */
const chain = 'prod';

/**
 * Writes what a promotion came to: its report beside the trail, its entry, and the text of a pull request. Then nobody has
 * to find out any more how it ended, so its intent goes.
 * @returns the redacted promotion with the entry's place in it
 */
export async function writeCloseOut(
  { place, redactor, ...order }: PromotionOrder,
  promotion: Promotion,
): Promise<Promotion> {
  const clean = redactor.redactAll(promotion);
  const content = redactor.redact(`${JSON.stringify(clean, null, 2)}\n`);
  const body = redactor.redact(renderPromotion(clean, sha256(content)));
  await mkdir(place.promotions, { recursive: true });
  await writeFile(join(place.promotions, `${clean.promotionId}.md`), pullRequest(clean, body));
  if (clean.isDryRun) return clean;
  const kept = join(place.trail, 'evidence');
  await mkdir(kept, { recursive: true });
  await writeFile(join(kept, `${clean.promotionId}.json`), content);
  const at = order.now();
  const heading = `Promotion Close-Out (${at.toISOString().replace(/\.\d+Z$/, 'Z')})`;
  const entry = { heading, body, at, chain };
  const trail = await appendEntry({ directory: place.trail, lockFile: place.lockFile, entry });
  for (const { promotionId, state } of [...clean.settled, clean]) {
    if (state !== 'unknown') await forgetIntent(place.promotions, promotionId);
  }
  return { ...clean, trail };
}

/** Enters a ramp in the chain of promotions. */
export async function writeRamp(
  place: { trail: string; lockFile: string },
  redactor: Redactor,
  ramp: Ramp,
  at: Date,
): Promise<TrailReference> {
  const { verdict, percent, stages, rampId, target } = redactor.redactAll(ramp);
  const rows = stages.map((stage) => [`${stage.percent} %`, stage.looks, stage.summary]);
  const findings = stages.flatMap(({ measurements }) => measurements.flatMap((one) => one.findings));
  const body = [
    `**${verdict}**: ${percent} % of the ingest is live.`,
    line(`${rampId}, database ${target}`),
    section('Shares', table(['share', 'looks', 'what'], rows)),
    section('Issues', list(findings.map(({ object, detail }) => `${object}: ${detail}`))),
  ].join('\n\n');
  const heading = `Ramp Close-Out (${at.toISOString().replace(/\.\d+Z$/, 'Z')})`;
  return appendEntry({ directory: place.trail, lockFile: place.lockFile, entry: { heading, body, at, chain } });
}

/** The Markdown of a promotion's close-out. Every line of it is written from a value of the report. */
function renderPromotion(promotion: Promotion, reportSha256: string): string {
  const { phases, migrations, measurements, signOffs, rollback, settled, error } = promotion;
  return [
    `**${promotion.outcome}**: the target is ${stateInWords[promotion.state]}.`,
    facts(promotion, reportSha256),
    section(
      'Phases',
      table(
        ['phase', 'status', 'ms', 'what'],
        phases.map((one) => [one.name, one.status, one.durationMs, one.summary]),
      ),
    ),
    section(
      'Migrations',
      migrations.length > 0
        ? table(
            ['file', 'sha256'],
            migrations.map((one) => [one.file, one.sha256]),
          )
        : '',
    ),
    section(
      'Measured',
      table(
        ['measurement', 'verdict', 'examined', 'violations'],
        measurements.map(({ id, verdict, examined, violations }) => [id, verdict, examined, violations]),
      ),
    ),
    section(
      'Issues',
      list([
        ...(error ? [`${error.code}: ${error.message}`, ...(error.hint ? [error.hint] : [])] : []),
        ...measurements.flatMap(({ verdict, title, reason }) =>
          verdict === 'unproven' ? [`unproven: ${title}: ${reason ?? 'examined nothing'}`] : [],
        ),
        ...measurements.flatMap(({ findings }) =>
          findings.map(({ object, detail, remedy }) => `${object}: ${detail}${remedy ? ` (${remedy})` : ''}`),
        ),
      ]),
    ),
    section(
      'Sign-offs',
      list(
        signOffs.map(({ role, status, name, signedAt }) => `${role}: ${status}${name ? `, ${name}, ${signedAt}` : ''}`),
      ),
    ),
    section(
      'Earlier promotions',
      list(settled.map(({ promotionId, state }) => `${promotionId} had no close-out; it left the target ${state}`)),
    ),
    section('Rollback', list(rollback)),
  ].join('\n\n');
}

const stateInWords = {
  promoted: 'promoted, wholly',
  untouched: 'untouched, wholly',
  'in part': 'changed by the transaction; files that stand alone are still to come',
  unknown: 'either promoted or untouched: the connection was lost at the commit, and it could not be asked again',
};

function facts(promotion: Promotion, reportSha256: string): string {
  const { backup, position, run } = promotion;
  const rows: [string, string][] = [
    ['promotion', promotion.promotionId],
    ['target', `${promotion.target}, database ${promotion.database}`],
    ['server', promotion.serverVersion === null ? 'not asked' : `Postgres ${promotion.serverVersion}`],
    ['actor', promotion.actor],
    ['commit', promotion.commit ?? 'none'],
    ['rehearsal', run ? `${run.runId}, report sha256 ${run.report}` : 'none'],
    ['backup', backup ? `${backup.file}, ${backup.bytes} bytes, sha256 ${backup.sha256}` : 'none'],
    ['log before', position ? `${position.lsn} at ${position.at}` : 'not read'],
    ['started', promotion.startedAt],
    ['took', `${promotion.durationMs} ms`],
    nameRow(reportSha256),
  ];
  return table(['fact', 'value'], rows);
}

/** By which the trail names the report of a promotion. */
function nameRow(reportSha256: string): [string, string] {
  return ['report', `sha256 ${reportSha256}`];
}

/** Whether a close-out is about this promotion and names this report of it. */
export function namesPromotion(body: string, promotionId: string, content: string): boolean {
  return hasRow(body, ['promotion', promotionId]) && hasRow(body, nameRow(sha256(content)));
}

function pullRequest({ target, outcome, state, isDryRun }: Promotion, body: string): string {
  const title = `${isDryRun ? '(dry run) ' : ''}Promotion to ${target}: ${outcome}, ${state}`;
  return `# ${line(title)}\n\n${body}\n`;
}

function section(title: string, content: string): string {
  return `### ${title}\n\n${content === '' ? 'None.' : content}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${line(item)}`).join('\n');
}
