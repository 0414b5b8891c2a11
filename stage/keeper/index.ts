export { keep, type KeeperEnd, type KeepOrder } from './keep.ts';
export { attachedProvider, keptProvider } from './provider.ts';
export { keeperLog, keptInstances, livingKeepers, sweepKeepers, type KeptInstance } from './register.ts';
export { takeDown } from './take-down.ts';
