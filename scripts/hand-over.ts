import { DrydockError, exitCodes } from '../ops/errors.ts';
import { extendLease, handOver, lifeOfLease, noteHandOver, serverTime } from '../stage/leases/index.ts';
import { storeForLeases } from '../stage/lease-steps.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import type { LeaseDesk } from './lease-desk.ts';
import { attackText, handOverForms, messageOf } from './render/hand-over.ts';
import { SecretFile } from './secret-file.ts';
import { jsonLine } from './render/json.ts';

/** Lends the staging, writes it to the trail, and prints the login once: nothing keeps it. */
export async function lendLease(io: Io, options: Options, desk: LeaseDesk, profile?: string): Promise<number> {
  const { project, session, actor } = desk;
  const { config } = project;
  const form = formOf(options);
  const file = textOf(options, 'writeEnv');
  await using secret = file === undefined ? undefined : await SecretFile.reserve(io.cwd, file);
  const database = textOf(options, 'database') ?? config.database;
  await storeForLeases(session, project, database);
  const result = await handOver(session, {
    project,
    profile: profile ?? config.lease.profile,
    database,
    ...lifeOfLease(config, textOf(options, 'ttl'), desk.leftMs),
    by: actor,
    lentTo: textOf(options, 'for') ?? 'an agent',
    now: await serverTime(session),
    attack: options['attack'] !== false,
  });
  const entry = await noteHandOver(desk.place, result);
  if (result.attack) io.err(attackText(result.attack));
  const message = messageOf(result, entry);
  if (message === null) return exitCodes['no-go'];
  if (io.env['GITHUB_ACTIONS'] === 'true') io.secret(`::add-mask::${message.environment!.PGPASSWORD}\n`);
  await secret?.keep(handOverForms.env(message));
  // the one text that shows it; where it stands in a file, none does
  io.secret(
    handOverForms[form](file === undefined ? message : { ...message, environment: null, environmentFile: file }),
  );
  return exitCodes.go;
}

/** Moves the end of a lease. */
export async function moveEnd(io: Io, options: Options, desk: LeaseDesk, role: string): Promise<number> {
  const { ttlMs } = lifeOfLease(desk.project.config, textOf(options, 'ttl'), desk.leftMs);
  const lease = await extendLease(desk.session, role, {
    ttlMs,
    by: desk.actor,
    now: await serverTime(desk.session),
  });
  const expiresAt = lease.expiresAt.toISOString();
  io.out(options.json ? jsonLine({ lease: role, expiresAt }) : `${role} now lasts until ${expiresAt}.\n`);
  return exitCodes.go;
}

function formOf(options: Options): keyof typeof handOverForms {
  const asked = options.json ? 'json' : textOf(options, 'format');
  if (asked !== undefined && asked in handOverForms) return asked as keyof typeof handOverForms;
  throw new DrydockError('USAGE_FORMAT', `There is no form "${asked}" of a hand-over.`, {
    hint: `Choose one of ${Object.keys(handOverForms).join(', ')}.`,
  });
}

function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
