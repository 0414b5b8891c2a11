export { endLease, type EndedLease } from './end.ts';
export { mintLease, type Lease, type LeaseOrder } from './mint.ts';
