import type { Command } from '../command.ts';

/** What this machine has and lacks. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'look at what Drydock needs of this machine, with the remedy for what it lacks',
  example: 'drydock doctor',

  async run(io, options) {
    const { jsonOf } = await import('../render/json.ts');
    const { homeOf } = await import('../workplace.ts');
    const { examine } = await import('../../stage/doctor.ts');
    const { hostOf, remoteLeftovers, sweepContainers, sweepEmbedded } = await import('../../stage/providers/index.ts');
    const { keptInstances } = await import('../../stage/keeper/index.ts');
    const { binaryFolders } = await import('../promotion.ts');
    const { looksText } = await import('../render/doctor.ts');
    const { exitCodes } = await import('../../ops/errors.ts');

    const [home, host] = [homeOf(io), hostOf(process)];
    const leftovers = [
      ...(await sweepEmbedded(home, host)),
      ...(await sweepContainers(home, host, io.env)),
      ...(await remoteLeftovers(home)),
    ];
    const stagings = await keptInstances(home);
    const binaries = await binaryFolders(io.env);
    const patient = { host, home, nodeVersion: process.version, port: 5434, stagings, binaries, leftovers };
    const looks = await examine(patient);
    io.out(options.json ? jsonOf({ looks }) : looksText(looks));
    return looks.some(({ state }) => state === 'lacking') ? exitCodes.failed : exitCodes.go;
  },
};
