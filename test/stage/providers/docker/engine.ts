import Docker from 'dockerode';
import { execa } from 'execa';
import { join } from 'node:path';

const madeHere = 'drydock-test/postgres:16';
const builder = (name: string) => join(import.meta.dirname, '../../../../scripts/ci', name);

/** Node as in a container of its own: made here too. */
export const nodeImage = 'drydock-test/node:24';

/** The image that tests start: one of the machine's own, or one made from the embedded binaries. */
export const testImage = process.env['DRYDOCK_TEST_IMAGE'] ?? madeHere;

/** The engine, looked at from outside our own code. */
export const docker = new Docker();

/** Where it listens. */
export const engineSocket = String((docker.modem as { socketPath?: unknown }).socketPath ?? '/var/run/docker.sock');

/** Why tests about Docker cannot run here; undefined when they can. What DRYDOCK_REQUIRE names has to be there. */
export async function whyNoDocker(): Promise<string | undefined> {
  try {
    await docker.ping();
  } catch (error) {
    if (process.env['DRYDOCK_REQUIRE']?.split(',').includes('docker')) throw error;
    return `no Docker engine answers: ${(error as Error).message}`;
  }
  if (testImage === madeHere && !(await isThere(madeHere))) await execa(builder('postgres-image.sh'), [madeHere]);
  if (!(await isThere(nodeImage))) await execa(builder('node-image.sh'), [nodeImage]);
  return undefined;
}

async function isThere(image: string): Promise<boolean> {
  const images = await docker.listImages({ filters: { reference: [image] } });
  return images.length > 0;
}
