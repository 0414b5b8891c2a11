import { readFile } from 'node:fs/promises';
import type Dockerode from 'dockerode';
import { codeOf } from '../../../ops/errors.ts';
import { gone, unless } from './answers.ts';

/** Where the system says what is mounted where, for this process. */
const ownMounts = '/proc/self/mountinfo';

/** The container that we run in. */
export interface OwnContainer {
  readonly id: string;
  /** Those that it is on; undefined where that is the network of its machine, whose loopback is ours too. */
  readonly networks: readonly string[] | undefined;
}

/** The container that we run in, when it is this engine that runs it. */
export async function ownContainer(docker: Dockerode, mounts = ownMounts): Promise<OwnContainer | undefined> {
  const id = await ownId(mounts);
  if (id === undefined) return undefined;
  const found = await docker.getContainer(id).inspect().catch(unless(gone));
  return found ? { id, networks: await networksOf(docker, found) } : undefined;
}

/** A container may live in the network of another one. */
async function networksOf(
  docker: Dockerode,
  found: Dockerode.ContainerInspectInfo,
): Promise<readonly string[] | undefined> {
  const { NetworkMode = '' } = found.HostConfig;
  if (NetworkMode === 'host') return undefined;
  const [, other] = /^container:(.+)$/.exec(NetworkMode) ?? [];
  if (other !== undefined) return networksOf(docker, await docker.getContainer(other).inspect());
  return Object.keys(found.NetworkSettings.Networks);
}

/** Docker mounts three files into each container, from a folder that is named after it. */
async function ownId(mounts: string): Promise<string | undefined> {
  const text = await readFile(mounts, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''; // no Linux
    throw error;
  });
  return /\/containers\/([0-9a-f]{64})\/\S+ \/etc\/(?:hostname|hosts|resolv\.conf) /.exec(text)?.[1];
}
