export { dropClone, listClones, makeClone, type Clone, type DroppedClone, type RegisteredClone } from './clone.ts';
export { differences, differencesBeside, type Difference } from './likeness.ts';
export { dropOld, resetStaging, type Reset } from './reset.ts';
export { takeTemplate, templateOf, type Template } from './template.ts';
export { tendClones } from './tend.ts';
export { warmUp } from './warm.ts';
