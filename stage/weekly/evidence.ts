import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrail, verifyTrail } from '../../audit-log/trail/index.ts';
import type { DriftDigest } from '../../audit-log/digests/index.ts';
import type { Project } from '../../ops/config/index.ts';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { namesPromotion, type Promotion } from '../promotion/index.ts';
import { readRehearsals, type EvidencePlace } from '../readiness/index.ts';
import type { Report } from '../report.ts';
import { isPromotionReport } from '../run-id.ts';

/** What a weekly report is made from. */
export interface WeekEvidence {
  /** The project's runs that the trail vouches for, oldest first. */
  readonly runs: readonly Report[];
  readonly promotions: readonly Promotion[];
  /** Every drift digest that was filed, oldest first. */
  readonly drifts: readonly DriftDigest[];
  /** What cannot be believed: damage of the trail, reports that it does not name. */
  readonly problems: readonly string[];
}

const driftName = /^week-\d{4}-W\d\d\.json$/;

/**
 * Reads runs, promotions and drift digests.
 * @param drifts the folder of the drift digests
 * @throws REPORT_DRIFT when a file there is no drift digest
 */
export async function readWeekEvidence(project: Project, place: EvidencePlace, drifts: string): Promise<WeekEvidence> {
  const { runs, problems } = await readRehearsals(place);
  const promotions = await readPromotions(place.trail);
  return {
    runs: runs
      .map(({ report }) => report)
      .filter((report) => report.project === project.config.project)
      .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt)),
    promotions: promotions.found,
    drifts: await readDrifts(drifts),
    problems: [...problems, ...promotions.problems],
  };
}

/** The chain of the trail that promotions have for themselves. */
const chain = 'prod';

async function readPromotions(trail: string): Promise<{ found: Promotion[]; problems: string[] }> {
  const folder = join(trail, 'evidence');
  const names = (await namesIn(folder)).filter(isPromotionReport);
  if ((await namesIn(trail)).length === 0) return { found: [], problems: [] };
  const entries = await readTrail(trail, chain);
  const { problems } = await verifyTrail(trail, { chain });
  const damage = problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);
  const found: Promotion[] = [];
  for (const name of names) {
    const content = await readFile(join(folder, name), 'utf8');
    const promotionId = name.slice(0, -'.json'.length);
    if (entries.some(({ body }) => namesPromotion(body, promotionId, content)))
      found.push(JSON.parse(content) as Promotion);
    else damage.push(`${join(folder, name)} is not what any close-out names`);
  }
  return { found, problems: damage };
}

async function readDrifts(folder: string): Promise<DriftDigest[]> {
  const names = (await namesIn(folder)).filter((name) => driftName.test(name)).sort();
  return Promise.all(
    names.map(async (name) => driftIn(join(folder, name), await readFile(join(folder, name), 'utf8'))),
  );
}

function driftIn(path: string, content: string): DriftDigest {
  try {
    const digest = JSON.parse(content) as DriftDigest;
    if (digest.kind === 'drift') return digest;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DrydockError('REPORT_DRIFT', `${path} is not a drift digest.`, {
    hint: 'Write it again with "drydock digest drift --week WEEK", or move it away.',
  });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
