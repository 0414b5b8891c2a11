import { setTimeout as sleep } from 'node:timers/promises';
import { keptInstances } from '../../stage/keeper/index.ts';
import { chance } from './event-faults.ts';
import { killIfAlive, Scene } from './scene.ts';

export const victims = ['command line', 'keeper', 'server'] as const;
export type Victim = (typeof victims)[number];

/** What there was after a kill and the next command: nothing, if all is well. */
export interface Aftermath {
  readonly victim: Victim;
  readonly left: readonly string[];
}

const longestMs = 2000;

/** Kills one process after another, each at a random moment of its work, with kill -9. */
export async function* killAtRandom(count: number, seed: number): AsyncGenerator<Aftermath> {
  const random = chance(seed);
  await using scene = await Scene.set();
  for (let index = 0; index < count; index += 1) {
    const victim = victims[Math.floor(random() * victims.length)]!;
    await kill(scene, victim, random() * longestMs);
    yield { victim, left: await scene.whatIsLeft() };
  }
}

async function kill(scene: Scene, victim: Victim, afterMs: number): Promise<void> {
  if (victim === 'keeper') return killKeeper(scene, afterMs);
  const run = scene.start('run', '--quiet');
  await sleep(afterMs);
  if (victim === 'server') await scene.killServers();
  else run.kill('SIGKILL');
  await run;
}

/** Up and then killed after a while; an `up` that is not there yet by then is killed in the middle. */
async function killKeeper(scene: Scene, afterMs: number): Promise<void> {
  const up = scene.start('up', '--port', 'any', '--quiet');
  await sleep(afterMs);
  for (const { pid } of await keptInstances(scene.home)) killIfAlive(pid);
  up.kill('SIGKILL');
  await up;
  // a keeper that was starting sees its launcher gone and clears its instance by itself
  await scene.start('down', '--all');
}
