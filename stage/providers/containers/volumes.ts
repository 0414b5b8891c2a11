import type Dockerode from 'dockerode';
import { DrydockError } from '../../../ops/errors.ts';
import { gone, unless } from './answers.ts';

type Labels = Readonly<Record<string, string>>;

/** Makes a volume that is known by its labels. @throws PROVIDER_NAME_TAKEN */
export async function makeVolume(docker: Dockerode, name: string, labels: Labels): Promise<void> {
  await refuseTaken(docker, name);
  await docker.createVolume({ Name: name, Labels: { ...labels } });
}

/** A volume of the same name is somebody's data: it is named, and never touched. */
export async function refuseTaken(docker: Dockerode, name: string): Promise<void> {
  const found = await docker.getVolume(name).inspect().catch(unless(gone));
  if (!found) return;
  throw new DrydockError('PROVIDER_NAME_TAKEN', `The volume ${name} is there already, and holds data of somebody.`, {
    hint: `Remove it (docker volume rm ${name}) if nobody needs it, or choose another providers.docker.volume.`,
  });
}

export async function removeVolumes(docker: Dockerode, labels: Labels): Promise<void> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const { Volumes } = await docker.listVolumes({ filters: { label } });
  await Promise.all((Volumes ?? []).map(({ Name }) => docker.getVolume(Name).remove().catch(unless(gone))));
}
