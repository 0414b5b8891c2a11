export { tryBypasses, type BypassTry } from './bypass.ts';
export { isMismatch, probeAsEverybody, probedSchemas, probeGently, type EverybodysProbes } from './everybody.ts';
export { readMatrix, readObjects, type Cell, type ProbeObject } from './matrix.ts';
export { makeProbeFunction, objectKey, probeCells, tryAs, tryLoggedIn, type Probe } from './probe.ts';
export { probeRows, probeStranger, type RowProbe } from './rows.ts';
