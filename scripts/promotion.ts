import { join, resolve } from 'node:path';
import { readdir } from 'node:fs/promises';
import type { Project } from '../ops/config/index.ts';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import { targetOfUrl, type Target } from '../ops/postgres/index.ts';
import { measureDrift, promote, ramp, writeRamp, type PromotionOrder } from '../stage/promotion/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { jsonOf } from './render/json.ts';
import { driftText, promotionText, rampText } from './render/promotion.ts';
import { plainProgress } from './render/screen.ts';
import { openWorkplace, placeOf, sourceOf } from './workplace.ts';
import { oneLined } from '../ops/visible.ts';

/** Takes the change to a target of drydock.yaml. */
export async function promoteTo(io: Io, options: Options): Promise<number> {
  const work = await openWorkplace(io, options);
  const { project } = work;
  const { name, target } = targetNamed(io, project, options['to']);
  const { confirm } = options;
  const order: PromotionOrder = {
    ...{ project, source: sourceOf(project, io), targetName: name, target: { ...target, database: target.database } },
    ...{ confirm: typeof confirm === 'string' ? confirm : undefined, isDryRun: options['dryRun'] === true },
    ...{ bootstrap: options['bootstrap'] === true, killSwitch: killSwitchOf(io, project) },
    ...{ provider: work.provider, home: work.home, actor: work.settings.actor, version: work.settings.version },
    place: {
      ...placeOf(project, io.env),
      promotions: join(resolve(project.root, project.config.trail.state), 'promotions'),
    },
    binaryFolders: await binaryFolders(io.env),
    ...{ redactor: work.redactor, signal: work.signal, observer: plainProgress(io), now: work.now },
  };
  const promotion = await promote({ ...order, project: onTarget(project, target) });
  io.out(options.json ? jsonOf(promotion) : promotionText(promotion));
  return exitCodes[promotion.outcome];
}

/** Lets the ingest go live on a target, by shares. */
export async function rampOn(io: Io, options: Options): Promise<number> {
  const { project, settings, signal, now, redactor } = await openWorkplace(io, options);
  const { name, target } = targetNamed(io, project, options['to']);
  if (options['confirm'] !== project.config.promotion.confirm) {
    throw new DrydockError('USAGE_CONFIRM', `A ramp writes to ${name}, and was not confirmed.`, {
      hint: `Write --confirm ${project.config.promotion.confirm}.`,
    });
  }
  const done = await ramp({
    ...{ project: onTarget(project, target), target, actor: settings.actor, version: settings.version, signal, now },
    killSwitch: () => killSwitchOf(io, project),
    progress: (line) => io.err(`${line}\n`),
  });
  const trail = await writeRamp(placeOf(project, io.env), redactor, done, now());
  io.out(options.json ? jsonOf({ ...done, trail }) : rampText(oneLined(done)));
  return signal.aborted ? exitCodes.cancelled : exitCodes[done.verdict];
}

/** Compares what the repository makes with what is there. */
export async function showDrift(io: Io, options: Options): Promise<number> {
  const { project, provider, home, settings, signal, now } = await openWorkplace(io, options);
  const { target } = targetNamed(io, project, options['against']);
  const drift = await measureDrift({ project, target, provider, home, version: settings.version, signal, now });
  io.out(options.json ? jsonOf(drift) : driftText(oneLined(drift)));
  return drift.differences.length > 0 ? exitCodes['no-go'] : exitCodes.go;
}

/** A target may call its database otherwise; the contract speaks of the one that is there. */
function onTarget(project: Project, { database }: Target): Project {
  return { ...project, config: { ...project.config, database } };
}

function targetNamed(io: Io, { config }: Project, name: unknown): { name: string; target: Target } {
  const { targets } = config.promotion;
  const named = typeof name === 'string' ? targets[name] : undefined;
  if (!named) {
    const known = Object.keys(targets).join(', ') || 'none is declared';
    throw new DrydockError('USAGE_TARGET', `There is no target ${typeof name === 'string' ? name : 'named'}.`, {
      hint: `Name one of promotion.targets in drydock.yaml: ${known}.`,
    });
  }
  const url = io.env[named.urlFrom];
  if (!url) {
    throw new DrydockError('USAGE_URL', `The variable ${named.urlFrom} is not set.`, {
      hint: 'Set it to postgres://USER:PASSWORD@HOST:5432/DATABASE; promotion.targets in drydock.yaml names it.',
    });
  }
  const target = targetOfUrl(url, named.urlFrom);
  io.redactor.add(target.password);
  return { name: String(name), target };
}

/** Set to anything but "off", the switch stops every promotion. */
function killSwitchOf(io: Io, { config }: Project): string | undefined {
  const value = io.env[config.promotion.killSwitch]?.trim();
  return value === undefined || value === '' || value.toLowerCase() === 'off' ? undefined : value;
}

/** Where pg_dump may be: what PG_BIN says, the PATH, and where Debian keeps one per version. */
export async function binaryFolders(env: Io['env']): Promise<string[]> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  const path = (env['PATH'] ?? '').split(':').filter(Boolean);
  return [
    ...new Set([
      ...(env['PG_BIN'] ? [env['PG_BIN']] : []),
      ...path,
      ...versions.map((version) => join(debian, version, 'bin')),
    ]),
  ];
}
