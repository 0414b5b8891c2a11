export { endLease, endLeases, type EndedLease, type EndOrder, type StuckLease } from './end.ts';
export { extendLease } from './extend.ts';
export { keepLeases, warnBeforeMs, type Keeping, type PolicedSession } from './keep.ts';
export { listLeases, type Lease, type LeaseInForce } from './lease.ts';
export { mintLease, type LeaseOrder } from './mint.ts';
export { leaseTermsOf, type LeaseTerms } from './terms.ts';
export type { LeaseUsage } from './usage.ts';
