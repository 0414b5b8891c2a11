import { readFile } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import { codeOf } from '../../../ops/errors.ts';
import { gone, unless } from './answers.ts';

/** Where the system says what is mounted where, for this process. */
const ownMounts = '/proc/self/mountinfo';

/**
 * The networks of the container that we run in, when it is this engine that runs it: its machine's loopback is not ours then.
 * @returns undefined anywhere else, and in a container on the network of its machine
 */
export async function ownNetworks(docker: Dockerode, mounts = ownMounts): Promise<readonly string[] | undefined> {
  for (let id = await ownContainer(mounts); id !== undefined;) {
    const found = await docker.getContainer(id).inspect().catch(unless(gone));
    if (!found || found.HostConfig.NetworkMode === 'host') return undefined;
    // a container may live in the network of another one
    const [, other] = /^container:(.+)$/.exec(found.HostConfig.NetworkMode ?? '') ?? [];
    if (other === undefined) return Object.keys(found.NetworkSettings.Networks);
    id = other;
  }
  return undefined;
}

/** Docker mounts three files into each container, from a folder that is named after it. */
async function ownContainer(mounts: string): Promise<string | undefined> {
  const text = await readFile(mounts, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''; // no Linux
    throw error;
  });
  return /\/containers\/([0-9a-f]{64})\/\S+ \/etc\/(?:hostname|hosts|resolv\.conf) /.exec(text)?.[1];
}
