import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { alone, median, ms, timed, type BenchRow } from './measure.ts';
import { benchFolder } from './place.ts';

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'scripts/drydock.js');
const rounds = 7;

/** The whole sample run, and the help, less what Node itself takes to start. */
export async function benchRun(): Promise<BenchRow[]> {
  await using folder = await benchFolder();
  await mkdir(join(folder.path, 'project'));
  await cp(join(root, 'ops'), join(folder.path, 'project/ops'), { recursive: true });
  const run = (args: string[]) =>
    timed(() =>
      execa(process.execPath, args, {
        cwd: join(folder.path, 'project'),
        env: { DRYDOCK_HOME: join(folder.path, 'home') },
        reject: true,
      }),
    );
  const medianOf = async (args: string[]) => {
    await run(args);
    const times = [];
    for (let round = 0; round < rounds; round += 1) times.push(await run(args));
    return median(times);
  };
  const node = await medianOf(['-e', '']);
  const help = await medianOf([cli, '--help']);
  const sample = await medianOf([cli, 'run', '--json']);
  return [
    { what: 'the whole sample run, warm, beyond Node’s own start', ours: ms(sample - node), ...alone, bar: '1500 ms' },
    { what: '`drydock --help`, warm, Node’s start included', ours: ms(help), ...alone, bar: '150 ms' },
  ];
}
