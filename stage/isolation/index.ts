export { tryBypasses, type BypassTry } from './bypass.ts';
export {
  isMismatch,
  probeAsEverybody,
  probeDefaultDeny,
  probedSchemas,
  probeGently,
  probeRights,
} from './everybody.ts';
export { readMatrix, readObjects, type ProbeObject } from './matrix.ts';
export {
  makeProbeFunction,
  objectKey,
  probeCells,
  success,
  tryAs,
  tryLoggedIn,
  tryUnconfined,
  type Probe,
} from './probe.ts';
export { probeRows, probeStranger, type RowProbe } from './rows.ts';
