import { resolve } from 'node:path';
import { nearest } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { tryLock } from '../../ops/lock.ts';
import { jobs, type Job } from '../../stage/jobs/index.ts';
import type { Command, Options } from '../command.ts';
import type { Io } from '../io.ts';

export function jobList(table: readonly Job[], options: Options): string {
  if (options.json) return `${JSON.stringify(table, null, 2)}\n`;
  return table.map(({ name, schedule, summary }) => `${name.padEnd(22)}${schedule.padEnd(14)}${summary}\n`).join('');
}

/**
 * Does what the table says for a job, with the flags that its command has by default. Once at a time on a machine.
 * @returns the exit code of its command
 */
export async function runJob(
  io: Io,
  options: Options,
  name: string | undefined,
  commands: readonly Command[],
): Promise<number> {
  const job = jobNamed(name);
  const [commandName, ...args] = job.command;
  const command = commands.find((known) => known.name === commandName)!;
  using held = tryLock(resolve(io.cwd, '.drydock/jobs', `${job.name}.lock`));
  if (!held) throw new DrydockError('JOB_RUNNING', `The job ${job.name} is running already.`);
  return await command.run(io, { ...defaultsOf(command), ...options }, args);
}

function jobNamed(name: string | undefined): Job {
  const job = jobs.find((known) => known.name === name);
  if (job) return job;
  const names = jobs.map((known) => known.name);
  const like = nearest(name ?? '', names);
  throw new DrydockError('USAGE_JOB', name === undefined ? 'No job was named.' : `There is no job ${name}.`, {
    hint: like ? `Did you mean ${like}?` : `The jobs are ${names.join(', ')}.`,
  });
}

function defaultsOf({ options = [] }: Command): Record<string, string> {
  return Object.fromEntries(
    options.flatMap(({ flags, default: value }) => (value === undefined ? [] : [[camelCased(flags), value]])),
  );
}

/** `--window-days <n>` is `windowDays`, as commander has it. */
function camelCased(flags: string): string {
  const name = /--([a-z-]+)/.exec(flags)![1]!;
  return name.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase());
}
