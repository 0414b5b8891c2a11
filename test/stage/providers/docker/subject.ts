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
    traces: (runId) => containersOf(home, runId),
    killServer: async ({ runId }) => docker.getContainer(`${container}-${runId}`).kill(),
  };
}

/** Running or not. */
async function containersOf(home: string, runId: string): Promise<string[]> {
  const label = [`drydock.run=${runId}`, `drydock.home=${home}`];
  const containers = await docker.listContainers({ all: true, filters: { label } });
  return containers.map(({ Id }) => Id);
}
