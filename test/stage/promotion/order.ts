import { loadProject, type Config } from '../../../ops/config/index.ts';
import type { PromotionContext } from '../../../stage/promotion/context.ts';
import type { PromotionOrder } from '../../../stage/promotion/index.ts';
import { tinyFile } from '../../support/staging.ts';

const project = await loadProject(tinyFile);

/** An order that nothing stands against, but for what is given. */
export function orderOf(
  { promotion = {}, ...given }: Partial<Omit<PromotionOrder, 'project'>> & { promotion?: Partial<Config['promotion']> },
  root = project.root,
): PromotionOrder {
  const config = { ...project.config, promotion: { ...project.config.promotion, ...promotion } };
  return {
    project: { ...project, root, config },
    targetName: 'live',
    confirm: config.promotion.confirm,
    isDryRun: false,
    bootstrap: false,
    killSwitch: undefined,
    signal: new AbortController().signal,
    now: () => new Date('2025-09-22T12:00:00Z'),
    ...given,
  } as PromotionOrder;
}

/** What a phase finds before anything was found out. */
export function contextOf(order: PromotionOrder, given: Partial<PromotionContext> = {}): PromotionContext {
  const nothing = { measurements: [], pending: [], applied: [], settled: [], backup: null };
  return { promotionId: 'promote-20250922T120000Z-0a1b2c3d', order, serverMajor: 16, ...nothing, ...given } as never;
}
