/** From a green rehearsal to production: guarded, backed up, in one transaction, and written down. */
export { measureDrift } from './drift.ts';
export type { Drift } from './drift.ts';
export { ramp } from './ramp.ts';
export type { Ramp } from './ramp.ts';
export { namesPromotion, writeRamp } from './close-out.ts';
export { promotionLock } from './target.ts';
export { lastPromotion } from './promoted.ts';
export { promote } from './promote.ts';
export type { Promotion, PromotionOrder } from './promotion.ts';
