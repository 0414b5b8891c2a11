import { fileURLToPath } from 'node:url';
import { dockerProvider, sweepContainers } from '../../../../stage/providers/index.ts';
import { host } from '../../../support/home.ts';
import type { Subject } from '../contract.ts';
import { docker, testImage } from './engine.ts';

export const container = 'drydock-test';

/** The Docker provider with its seats in `home`. */
export function dockerSubject(home: string): Subject {
  return {
    provider: dockerProvider(host, { image: testImage, container, env: process.env }),
    home,
    failing: { settings: { shared_preload_libraries: 'no_such_library' } },
    ownerProgram: fileURLToPath(new URL('../fixtures/own-docker.ts', import.meta.url)),
    sweep: () => sweepContainers(home, host, process.env),
    traces: (runId) => tracesOf(home, runId),
    killServer: async ({ runId }) => docker.getContainer(`${container}-${runId}`).kill(),
  };
}

/** Containers, running or not, volumes, and the networks that Compose would make for its project. */
async function tracesOf(home: string, runId: string): Promise<string[]> {
  const filters = { label: [`drydock.run=${runId}`, `drydock.home=${home}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes } = await docker.listVolumes({ filters });
  const networks = await docker.listNetworks({ filters: { name: [`drydock-${runId}_`] } });
  return [...containers.map(({ Id }) => Id), ...[...(Volumes ?? []), ...networks].map(({ Name }) => Name)];
}
