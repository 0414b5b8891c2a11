import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import { readReadiness, sign, type ReadinessOrder } from '../stage/readiness/index.ts';
import type { Options } from './command.ts';
import type { Io } from './io.ts';
import { jsonOf } from './render/json.ts';
import { readinessText, signOffsText } from './render/readiness.ts';
import { openProject, placeOf, sourceOf } from './workplace.ts';
import { oneLined } from '../ops/visible.ts';

/** Shows whether the change may go to production, and what is missing. */
export async function showReadiness(io: Io, options: Options): Promise<number> {
  const { readiness } = await readReadiness(await orderOf(io, options));
  io.out(options.json ? jsonOf(readiness) : readinessText(oneLined(readiness)));
  return exitCodes[readiness.verdict];
}

/** Signs the newest run that counts, for a role. */
export async function signRole(io: Io, options: Options, role: string | undefined): Promise<number> {
  const { as: name } = options;
  if (role === undefined || typeof name !== 'string') {
    throw new DrydockError('USAGE_SIGN', 'A sign-off needs a role and a name.', {
      hint: 'Write "drydock sign ROLE --as NAME", or "drydock sign --verify" to see who has signed.',
    });
  }
  const order = await orderOf(io, options);
  const { readiness, rehearsal, entries } = await readReadiness(order);
  if (!rehearsal) throw new DrydockError('SIGN_NO_RUN', 'There is no run to sign.', { hint: readiness.missing[0] });
  const place = placeOf(order.project, io.env);
  const key = keyOf(io, options);
  const signed = await sign({ project: order.project, rehearsal, role, name, key, place, now: io.now() }, entries);
  io.out(options.json ? jsonOf(signed) : signOffsText(rehearsal.report.runId, oneLined([signed])));
  return exitCodes.go;
}

/** Shows who has signed the newest run that counts, and whether it is believed. */
export async function verifySignOffs(io: Io, options: Options): Promise<number> {
  const { readiness } = await readReadiness(await orderOf(io, options));
  const { run, signOffs } = readiness;
  io.out(options.json ? jsonOf(signOffs) : signOffsText(run?.runId ?? null, oneLined(signOffs)));
  if (signOffs.some(({ status }) => status === 'refused')) return exitCodes['no-go'];
  return signOffs.every(({ status }) => status === 'signed') ? exitCodes.go : exitCodes.unproven;
}

async function orderOf(io: Io, options: Options): Promise<ReadinessOrder> {
  const project = await openProject(io, options);
  return { project, source: sourceOf(project, io), place: placeOf(project, io.env), now: io.now() };
}

function keyOf(io: Io, { key }: Options): string {
  return typeof key === 'string' ? resolve(io.cwd, key) : join(homedir(), '.ssh/id_ed25519');
}
