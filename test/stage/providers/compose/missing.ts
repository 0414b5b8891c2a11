import { execa } from 'execa';

/** Why tests about Compose cannot run here. What DRYDOCK_REQUIRE names has to be there: then the tests run, and fail. */
export async function whyNoCompose(): Promise<string | undefined> {
  if (process.env['DRYDOCK_REQUIRE']?.split(',').includes('docker')) return undefined;
  const plugin = await execa('docker', ['compose', 'version'], { reject: false });
  const program = await execa('docker-compose', ['version'], { reject: false });
  return plugin.failed && program.failed ? 'Compose is not installed' : undefined;
}
