/** Ways round an audit table of any design, tried on a copy. */
export { attackAuditTable, type Attempt } from './attack.ts';
export { noticedBySeals } from './detect.ts';
