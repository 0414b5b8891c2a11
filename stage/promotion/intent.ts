import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';
import type { TargetState } from './promotion.ts';

/** What a promotion was about to do, on disk before it does it: who finds it knows that nobody wrote down how it ended. */
export interface Intent {
  readonly promotionId: string;
  readonly target: string;
  readonly actor: string;
  readonly runId: string;
  readonly startedAt: string;
}

export async function writeIntent(folder: string, intent: Intent): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(folder, intent.promotionId), `${JSON.stringify(intent, null, 2)}\n`, { flush: true });
}

/** Called when the close-out is written. */
export async function forgetIntent(folder: string, promotionId: string): Promise<void> {
  await rm(fileOf(folder, promotionId), { force: true });
}

/** The promotions to a target whose end nobody wrote down, oldest first. */
export async function openIntents(folder: string, target: string): Promise<Intent[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith('.intent.json')).sort();
  const intents = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Intent),
  );
  return intents.filter((intent) => intent.target === target);
}

/** Whether a promotion's transaction was committed: it wrote its own row in the target. */
export async function stateOf(session: Session, promotionId: string): Promise<TargetState> {
  const { there } = await session.row<{ there: boolean }>(
    "select pg_catalog.to_regclass('audit.promotion') is not null as there",
  );
  if (!there) return 'untouched';
  const { rows } = await session.query('select from audit.promotion where promotion_id = $1', [promotionId]);
  return rows.length > 0 ? 'promoted' : 'untouched';
}

function fileOf(folder: string, promotionId: string): string {
  return join(folder, `${promotionId}.intent.json`);
}
