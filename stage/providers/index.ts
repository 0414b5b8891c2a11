export { composeProvider } from './compose/provider.ts';
export { removeUnowned, sweepContainers } from './containers/clear.ts';
export { dockerProvider } from './docker.ts';
export { embeddedProvider } from './embedded/provider.ts';
export { livingInstances } from './embedded/instance-folder.ts';
export { sweepEmbedded } from './embedded/sweep.ts';
export { installedBinaries } from './embedded/binaries.ts';
export { isFree } from './port.ts';
export { prepareHome } from './home.ts';
export { hostOf, type Host } from './host.ts';
export { parseRemoteUrl } from './remote/address.ts';
export { remoteLeftovers } from './remote/notes.ts';
export { remoteProvider, type RemoteOptions } from './remote/provider.ts';
export {
  adminTarget,
  type Instance,
  type InstanceAddress,
  type Provider,
  type ProviderName,
  type StartOrder,
  type SweptInstance,
} from './provider.ts';
