import { hostname } from 'node:os';
import { join } from 'node:path';
import { nearest } from '../../ops/config/index.ts';
import { DrydockError, exitCodes } from '../../ops/errors.ts';
import { tryLock } from '../../ops/lock.ts';
import { jobs, keepSchedule, type Job } from '../../stage/jobs/index.ts';
import type { Command, Options } from '../command.ts';
import type { Io } from '../io.ts';
import { recorded } from '../own-events.ts';
import { printError } from '../print-error.ts';
import { stateFolderOf } from '../state-folder.ts';
import { databaseOf, eventPlaceOf } from '../tool-events.ts';
import { jsonLine, jsonOf } from './json.ts';

export function jobList(table: readonly Job[], options: Options): string {
  if (options.json) return jsonOf(table);
  return table.map(({ name, schedule, summary }) => `${name.padEnd(22)}${schedule.padEnd(14)}${summary}\n`).join('');
}

/**
 * Does what the table says for a job, with the flags that its command has by default. Once at a time on a machine.
 * @returns the exit code of its command
 */
export async function runJob(
  io: Io,
  options: Options,
  names: readonly string[],
  commands: readonly Command[],
): Promise<number> {
  const [job, ...more] = jobsNamed(names);
  if (!job || more.length > 0) throw usage('Name the one job to run.');
  const [commandName, ...args] = job.command;
  const command = commands.find((known) => known.name === commandName)!;
  using held = tryLock(join(await stateFolderOf(io, options), 'jobs', `${job.name}.lock`));
  if (!held) {
    throw new DrydockError('JOB_RUNNING', `The job ${job.name} is running already.`, {
      hint: 'Wait for it to finish; a job runs once at a time on a machine.',
    });
  }
  return await command.run(io, { ...defaultsOf(command), ...options }, args);
}

/** Keeps the schedule of these jobs until a signal. Each run is one line, or one line of JSON; what its command says goes to stderr. */
export async function startJobs(
  io: Io,
  options: Options,
  mine: readonly Job[],
  commands: readonly Command[],
): Promise<number> {
  const target = databaseOf(await eventPlaceOf(io, options));
  const machine = hostname();
  await keepSchedule({
    target,
    jobs,
    mine,
    machine,
    signal: io.signal,
    perform: (job) => performJob(io, options, job, machine, commands),
    onReady: () => io.err(`${machine} keeps the schedule of ${mine.length} jobs. Ctrl-C ends it.\n`),
    onTrouble: (reason) => io.err(`WARNING: the schedule cannot be kept now: ${reason}\n`),
  });
  return exitCodes.cancelled;
}

async function performJob(
  io: Io,
  options: Options,
  { name }: Job,
  machine: string,
  commands: readonly Command[],
): Promise<number> {
  const startedAt = io.now();
  const quiet: Io = { ...io, out: io.err };
  const exitCode = await exitCodeOf(io, () =>
    recorded(io, options, `jobs/${name}`, () => runJob(quiet, options, [name], commands)),
  );
  const run = { job: name, machine, started_at: startedAt.toISOString(), exit_code: exitCode };
  io.out(options.json ? jsonLine(run) : `${run.started_at} ${name} on ${machine}: exit code ${exitCode}\n`);
  return exitCode;
}

/** A job that failed is told, and the schedule goes on. */
async function exitCodeOf(io: Io, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    return printError(error, io);
  }
}

/** @throws DrydockError USAGE_JOB for a name that is no job's */
export function jobsNamed(names: readonly string[]): Job[] {
  return names.map((name) => {
    const job = jobs.find((known) => known.name === name);
    if (!job) throw usage(`There is no job ${name}.`, nearest(name, namesOfJobs()));
    return job;
  });
}

function usage(problem: string, like?: string): DrydockError {
  const hint = like ? `Did you mean ${like}?` : `The jobs are ${namesOfJobs().join(', ')}.`;
  return new DrydockError('USAGE_JOB', problem, { hint });
}

function namesOfJobs(): string[] {
  return jobs.map(({ name }) => name);
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
