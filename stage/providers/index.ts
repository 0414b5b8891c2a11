export { embeddedProvider } from './embedded/provider.ts';
export { livingInstances } from './embedded/instance-folder.ts';
export { sweepEmbedded } from './embedded/sweep.ts';
export { installedBinaries } from './embedded/binaries.ts';
export { isFree } from './embedded/port.ts';
export { prepareHome } from './home.ts';
export { hostOf, type Host } from './host.ts';
export type { Instance, InstanceAddress, Provider, ProviderName, StartOrder, SweptInstance } from './provider.ts';
