import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, type Result } from 'execa';
import { codeOf } from '../../ops/errors.ts';
import { keptInstances, type KeptInstance } from '../../stage/keeper/index.ts';
import { Scene } from './scene.ts';

/** What a disaster came to: the exit codes of the commands it hit, and what was there after the next one. */
export interface Wreckage {
  readonly exits: readonly (number | undefined)[];
  /** What the commands said. */
  readonly said: string;
  readonly left: readonly string[];
}

/** Things that happen to a machine, each made to happen once. */
export const disasters = {
  'disk full under a run': diskFull,
  'data directory deleted under a run': dataDeletedUnderRun,
  'data directory deleted under a kept staging': dataDeletedUnderKeeper,
  'port stolen before up': portTaken,
  'port of a dead server taken over by a stranger': portTakenOver,
  'clock set back a day during a run': clockSetBack,
  'clock set forward under a kept staging': clockSetForward,
} as const satisfies Record<string, () => Promise<Wreckage>>;

export type Disaster = keyof typeof disasters;

const upAnywhere = ['up', '--port', 'any', '--quiet'];
const smallDisk = '110m';
const filler = `-- title: More than fits
-- drydock: rows 400000

create table shop.filler (content text not null);
create policy owner on shop.filler for all to shop_owner using (true) with check (true);
insert into shop.filler select repeat('x', 300) from generate_series(1, 400000);
`;

/** The home and the trail lie on a disk of their own that a migration fills. Needs the right to mount. */
async function diskFull(): Promise<Wreckage> {
  const disk = await mkdtemp(join(tmpdir(), 'drydock-disk-'));
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${smallDisk}`, 'tmpfs', disk]);
  try {
    await using scene = await Scene.set(join(disk, 'scene'));
    await writeFile(join(scene.project, 'sql/shop/0020_fill.sql'), filler);
    const run = await scene.start('run', '--quiet');
    await rm(join(scene.project, 'sql/shop/0020_fill.sql'));
    const next = await scene.start('run', '--quiet');
    return await wreckage(scene, run, next);
  } finally {
    await execa('umount', [disk]);
    await rmdir(disk);
  }
}

async function dataDeletedUnderRun(): Promise<Wreckage> {
  await using scene = await Scene.set();
  const run = scene.start('run');
  await lineOf(run, '✔ bootstrap');
  for (const path of await scene.instances()) await deleteUnder(join(path, 'data'));
  return await wreckage(scene, await run);
}

/** The server makes files meanwhile. */
async function deleteUnder(dataDirectory: string): Promise<void> {
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
}

async function dataDeletedUnderKeeper(): Promise<Wreckage> {
  await using scene = await Scene.set();
  const up = await scene.start(...upAnywhere);
  const { address } = await keptOf(scene);
  await deleteUnder(address.dataDirectory!);
  await untilNothingIsKept(scene);
  return await wreckage(scene, up);
}

async function portTaken(): Promise<Wreckage> {
  await using scene = await Scene.set();
  await using thief = await listener();
  return await wreckage(scene, await scene.start('up', '--port', String(thief.port), '--quiet'));
}

/** The keeper must see that who answers there is not its server. */
async function portTakenOver(): Promise<Wreckage> {
  await using scene = await Scene.set();
  const up = await scene.start(...upAnywhere);
  const { address } = await keptOf(scene);
  await scene.killServers();
  await using _stranger = await listener(address.port);
  await untilNothingIsKept(scene);
  return await wreckage(scene, up);
}

async function clockSetBack(): Promise<Wreckage> {
  await using clock = await Clock.make();
  await using scene = await Scene.set(undefined, clock.env);
  const before = await scene.start('run', '--quiet');
  const run = scene.start('run');
  await lineOf(run, '✔ apply');
  await clock.jump(-86_400_000);
  const hit = await run;
  await clock.jump(0);
  return await wreckage(scene, before, hit, await scene.start('run', '--quiet'));
}

async function clockSetForward(): Promise<Wreckage> {
  await using clock = await Clock.make();
  await using scene = await Scene.set(undefined, clock.env);
  const up = await scene.start(...upAnywhere, '--ttl', '2h');
  await clock.jump(3 * 3_600_000);
  await untilNothingIsKept(scene);
  return await wreckage(scene, up);
}

async function wreckage(scene: Scene, ...results: Result<{ reject: false }>[]): Promise<Wreckage> {
  return {
    exits: results.map(({ exitCode }) => exitCode),
    said: results.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n'),
    left: await scene.whatIsLeft(),
  };
}

/** Waits until the run says `mark` in its progress, or ends. */
async function lineOf(run: ReturnType<Scene['start']>, mark: string): Promise<void> {
  let seen = '';
  const said = new Promise<void>((resolve) => {
    run.stderr!.on('data', (chunk: Buffer) => {
      seen += String(chunk);
      if (seen.includes(mark)) resolve();
    });
  });
  await Promise.race([said, run]);
  if (!seen.includes(mark)) throw new Error(`the run ended before "${mark}": ${seen}`);
}

async function keptOf({ home }: Scene): Promise<KeptInstance> {
  const [kept] = await keptInstances(home);
  if (!kept) throw new Error('nothing is up');
  return kept;
}

async function untilNothingIsKept({ home }: Scene): Promise<void> {
  for (let patience = 600; patience > 0; patience -= 1) {
    if ((await keptInstances(home)).length === 0) return;
    await sleep(100);
  }
  throw new Error('a minute later the keeper still keeps an instance that is gone');
}

/** Accepts and hangs up. What a killed server leaves of its socket may hold the port for a moment. */
async function listener(port = 0): Promise<{ port: number } & AsyncDisposable> {
  for (;;) {
    const server = createServer((socket) => socket.destroy());
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      await sleep(20);
      continue;
    }
    const address = server.address() as { port: number };
    return { port: address.port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }
}

/** A wall clock that every process started with its environment reads, and that can be made to jump. */
class Clock implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<Clock> {
    const folder = await mkdtemp(join(tmpdir(), 'drydock-clock-'));
    const clock = new Clock(folder);
    await clock.jump(0);
    await writeFile(join(folder, 'clock.mjs'), program(join(folder, 'offset')));
    return clock;
  }

  get env(): Record<string, string> {
    return { NODE_OPTIONS: `--import ${join(this.#folder, 'clock.mjs')}` };
  }

  /** @param ms how far off it is from now on */
  async jump(ms: number): Promise<void> {
    await writeFile(join(this.#folder, 'offset'), String(ms));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }
}

function program(offsetFile: string): string {
  return `import { readFileSync } from 'node:fs';
const RealDate = Date;
const now = () => RealDate.now() + Number(readFileSync(${JSON.stringify(offsetFile)}, 'utf8'));
globalThis.Date = class extends RealDate {
  constructor(...given) { super(...(given.length > 0 ? given : [now()])); }
  static now() { return now(); }
};
`;
}
