import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spoolFiles, stretchesOf } from '../../audit-log/events/index.ts';
import { median, type BenchRow } from './measure.ts';

const rounds = 5;

/** kill -9 of a process that logs as fast as it can: how many of the events it was done with are not in its files. */
export async function eventLoss(folder: string): Promise<BenchRow> {
  const ours: number[] = [];
  const pinos: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await lossOf('drydock', join(folder, `loss-drydock-${round}`)));
    pinos.push(await lossOf('pino', join(folder, `loss-pino-${round}`)));
  }
  const share = (values: number[]) => `${(median(values) * 100).toFixed(2)} %`;
  return {
    what: 'events lost by kill -9 of the writer',
    ours: share(ours),
    other: `pino, asynchronous destination: ${share(pinos)}`,
    ratio: '',
    bar: '0',
  };
}

async function lossOf(logger: 'drydock' | 'pino', directory: string): Promise<number> {
  mkdirSync(directory);
  const child = spawn(process.execPath, [join(import.meta.dirname, 'event-logger.ts'), logger, directory], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const counted = () => Number(readCount(join(directory, 'count')));
  while (counted() < 100_000) await sleep(5);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return 1 - Math.min(1, linesIn(logger, directory) / counted());
}

function linesIn(logger: 'drydock' | 'pino', directory: string): number {
  if (logger === 'pino') return readFileSync(join(directory, 'pino.log'), 'utf8').split('\n').length - 1;
  const stretches = spoolFiles(directory).flatMap((file) => [...stretchesOf(file)]);
  return stretches.reduce((sum, { events }) => sum + events.length, 0);
}

/** The logger overwrites eight digits in place. */
function readCount(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '0'; // it has not begun
  }
}
