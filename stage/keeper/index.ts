export { keep } from './keep.ts';
export { attachedProvider, keptProvider } from './provider.ts';
export { keeperLog, keptInstances, sweepKeepers, type KeptInstance } from './register.ts';
export { takeDown } from './take-down.ts';
