/** Whether a change may go to production: its evidence, and who has said yes. */
export { readReadiness } from './readiness.ts';
export type { Criterion, Readiness, ReadinessOrder } from './readiness.ts';
export type { EvidencePlace, Rehearsal } from './rehearsals.ts';
export { readRehearsals } from './rehearsals.ts';
export { isSignOff, sign } from './sign-offs.ts';
export type { SignOff } from './sign-offs.ts';
