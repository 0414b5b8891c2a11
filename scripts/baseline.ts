import { messageOf } from '../ops/errors.ts';
import { targetOfUrl } from '../ops/postgres/index.ts';
import type { RunOrder } from '../stage/run-order.ts';
import type { Io } from './io.ts';

type Asked = Pick<RunOrder, 'settings' | 'project' | 'signal' | 'redactor'>;

/**
 * The order with a baseline. Where nobody names one, it is the commit that was promoted last to the first target of
 * drydock.yaml whose variable is set: that target is asked, read only.
 */
export async function withBaseline<Order extends Asked>(order: Order, io: Pick<Io, 'env' | 'err'>): Promise<Order> {
  const { settings, project } = order;
  if (settings.baseline !== undefined || project.config.performance.baseline !== undefined) return order;
  const targets = Object.entries(project.config.promotion.targets);
  const [name, url] = targets.map(([key, { urlFrom }]) => [key, io.env[urlFrom]]).find(([, value]) => value) ?? [];
  if (name === undefined || !url) return order;
  const { commit, why } = await promotedTo(name, url, order);
  io.err(commit === undefined ? `no baseline: ${why}\n` : `baseline: ${commit}, ${why}\n`);
  const settled = commit === undefined ? { noBaseline: why } : { baseline: commit };
  return { ...order, settings: { ...settings, ...settled } };
}

/** As `withBaseline`, for whoever asks for the comparison alone: without a baseline that is unproven, as its gate is in a run. */
export async function withBaselineOrNone<Order extends Asked>(
  given: Order,
  io: Pick<Io, 'env' | 'err'>,
): Promise<Order> {
  const order = await withBaseline(given, io);
  const { settings, project } = order;
  const known = settings.baseline ?? project.config.performance.baseline ?? settings.noBaseline;
  if (known !== undefined) return order;
  return { ...order, settings: { ...settings, noBaseline: 'there is no baseline; --baseline GITREF names one' } };
}

async function promotedTo(
  name: string,
  url: string,
  { signal, redactor }: Asked,
): Promise<{ commit?: string; why: string }> {
  const { lastPromotion } = await import('../stage/promotion/index.ts'); // where no target is named, nobody needs it
  try {
    const target = targetOfUrl(url, name);
    redactor.add(target.password);
    const last = await lastPromotion(target, signal);
    if (!last) return { why: `nothing was promoted to ${name} yet` };
    return { commit: last.commit, why: `promoted to ${name} as ${last.promotionId} at ${last.promotedAt}` };
  } catch (error) {
    signal.throwIfAborted();
    return { why: `${name} could not be asked what was promoted to it: ${messageOf(error)}` };
  }
}
