import { userInfo } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { loadProject, requireFiles, withThresholds, type Project } from '../ops/config/index.ts';
import { DrydockError } from '../ops/errors.ts';
import type { CloseOutPlace } from '../stage/close-out/index.ts';
import { sweepKeepers } from '../stage/keeper/index.ts';
import { hostOf, sweepContainers, sweepEmbedded } from '../stage/providers/index.ts';
import type { Report } from '../stage/report.ts';
import type { RunOrder } from '../stage/run-order.ts';
import { commitOf, type Source } from '../stage/source.ts';
import type { RunSettings } from '../stage/step.ts';
import packageJson from '../package.json' with { type: 'json' };
import type { Options } from './command.ts';
import { drydockHome } from './home.ts';
import type { Io } from './io.ts';
import { projectFileOf, usualPlaces } from './project-file.ts';
import { chooseProvider } from './provider.ts';
import { reportsFolder } from './reports-folder.ts';

/** Everything a run needs from the world outside: the project, the machine, who acts, and what a crash left behind. */
export async function openWorkplace(io: Io, options: Options): Promise<Omit<RunOrder, 'observer'>> {
  const project = await openProject(io, options);
  await requireFiles(project);
  const host = hostOf(process);
  const home = drydockHome(io.env, host.uid);
  return {
    project,
    provider: chooseProvider(options['provider'], { project, host, env: io.env }),
    home,
    settings: settingsOf(io.env, options),
    commit: await commitOf(sourceOf(project, io)),
    place: { ...placeOf(project, io.env), isDryRun: options['dryRun'] === true },
    redactor: io.redactor,
    signal: io.signal,
    now: io.now,
  };
}

export async function openProject(io: Io, options: Options): Promise<Project> {
  const file = projectFileOf(io.cwd, options.config);
  if (file !== undefined) return withThresholds(await loadProject(file), io.env);
  throw new DrydockError('CONFIG_MISSING', `There is no ${usualPlaces.join(' and no ')} in ${io.cwd}.`, {
    hint: 'Name the project file with --config FILE, or begin a project with "drydock init FOLDER".',
  });
}

/** The folder for instances and caches on this machine. */
export function homeOf(io: Io): string {
  return drydockHome(io.env, hostOf(process).uid);
}

/** Where the close-outs and the files of the runs are, relative to the project file like everything in it. */
export function placeOf({ root, config }: Project, env: Io['env']): CloseOutPlace {
  const state = resolve(root, config.trail.state);
  return {
    trail: resolve(root, config.trail.directory),
    lockFile: join(state, 'trail.lock'),
    runs: join(state, 'runs'),
    heading: env['GITHUB_ACTIONS'] === 'true' ? 'CI Automation Close-Out' : 'Automation Close-Out',
  };
}

/** The project's files in git, but for what Drydock writes itself: a weekly report does not make a rehearsal void. */
export function sourceOf({ root, config }: Project, { cwd }: Pick<Io, 'cwd'>): Source {
  const { directory, state } = config.trail;
  return { root, written: [resolve(root, directory), resolve(root, state), resolve(cwd, reportsFolder)] };
}

/** The folder of a run's files, as the user would type it. */
export function runFolder(
  { cwd }: Io,
  { runs }: Pick<CloseOutPlace, 'runs'>,
  { runId }: Pick<Report, 'runId'>,
): string {
  return relative(cwd, join(runs, runId));
}

export function settingsOf(env: Io['env'], flags: Readonly<Record<string, unknown>> = {}): RunSettings {
  const workflow = workflowOf(env);
  return {
    ingest: ingestMode(env),
    baseline: typeof flags['baseline'] === 'string' ? flags['baseline'] : env['DRYDOCK_BASELINE'],
    actor: actorOf(env),
    version: packageJson.version,
    ...(workflow && { workflow }),
  };
}

/** The run of the workflow, by the URL of its attempt. */
function workflowOf(env: Io['env']): RunSettings['workflow'] {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_REF, GITHUB_SHA } = env;
  if (!GITHUB_RUN_ID) return undefined;
  const url = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}/attempts/${GITHUB_RUN_ATTEMPT}`;
  return { url, ref: GITHUB_REF ?? '', sha: GITHUB_SHA ?? '' };
}

/** Dry unless both switches of the seed say otherwise; VH_INGEST_ENABLED=false leaves it out. */
function ingestMode(env: Io['env']): RunSettings['ingest'] {
  if (env['VH_INGEST_ENABLED'] === 'false') return 'disabled';
  return env['VH_INGEST_ENABLED'] === 'true' && env['VH_INGEST_DRY_RUN'] === 'false' ? 'live' : 'dry-run';
}

function actorOf(env: Io['env']): string {
  return env['DRYDOCK_ACTOR'] ?? env['GITHUB_ACTOR'] ?? userInfo().username;
}

/** What a killed run left behind goes before a command does anything else. */
export async function clearLeftovers(io: Io): Promise<void> {
  const host = hostOf(process);
  const home = homeOf(io);
  await sweepKeepers(home);
  const swept = [...(await sweepEmbedded(home, host)), ...(await sweepContainers(home, host, io.env))];
  for (const { runId, problem } of swept) {
    const what = `the leftovers of run ${runId}`;
    io.err(problem ? `could not clear ${what}: ${problem.message}\n` : `cleared ${what}\n`);
  }
}
