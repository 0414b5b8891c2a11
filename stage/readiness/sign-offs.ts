import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { appendEntry, type TrailEntry } from '../../audit-log/trail/index.ts';
import { hasRow, line, table } from '../../ops/markdown.ts';
import type { Config, Project } from '../../ops/config/index.ts';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { canonicalJson, sha256 } from '../../ops/evidence.ts';
import type { Rehearsal } from './rehearsals.ts';
import { holdersOf, signText, whyNotSignedBy } from './ssh.ts';

/** What somebody puts their name to: one run's report, and nothing else. */
interface Statement {
  readonly format: 'drydock sign-off 1';
  readonly role: string;
  readonly name: string;
  readonly runId: string;
  /** sha256 of the run's report. */
  readonly report: string;
  /** sha256 of the run's entry in the trail. */
  readonly entry: string;
  readonly commit: string | null;
  readonly signedAt: string;
}

interface SignedStatement {
  readonly statement: Statement;
  readonly signature: string;
}

/** What became of a role's sign-off. */
export interface SignOff {
  readonly role: string;
  readonly for: 'staging' | 'promotion';
  readonly status: 'signed' | 'missing' | 'refused';
  readonly name: string | null;
  readonly signedAt: string | null;
  /** Why it does not count, when it is refused. */
  readonly why: string | null;
}

export interface SignOrder {
  readonly project: Project;
  readonly rehearsal: Rehearsal;
  readonly role: string;
  readonly name: string;
  /** An SSH key's file. */
  readonly key: string;
  readonly place: { readonly trail: string; readonly lockFile: string };
  readonly now: Date;
}

/** The roles that a project wants sign-offs of, in order. */
export function rolesToSign({ signOffs }: Config): Pick<SignOff, 'role' | 'for'>[] {
  return [
    ...signOffs.staging.map((role) => ({ role, for: 'staging' as const })),
    ...signOffs.promotion.map((role) => ({ role, for: 'promotion' as const })),
  ];
}

/**
 * Signs a run for a role, and enters that in the trail.
 * @throws SIGN_ROLE, SIGN_AGENT, SIGN_TAKEN, SIGN_TWICE, SIGN_NOT_GO, SIGN_KEY, SIGN_UNKNOWN
 */
export async function sign(order: SignOrder, entries: readonly TrailEntry[]): Promise<SignOff> {
  const { project, rehearsal, role, name, place, now } = order;
  const wanted = requireMaySign(order);
  const others = await signOffsOf(project, rehearsal, place.trail, entries);
  requireFree(order, others);
  const statement: Statement = {
    format: 'drydock sign-off 1',
    role,
    name,
    runId: rehearsal.report.runId,
    report: rehearsal.sha256,
    entry: rehearsal.entry.sha256,
    commit: rehearsal.report.commit,
    signedAt: now.toISOString(),
  };
  const signature = await signText(canonicalJson(statement), order.key);
  const signers = signersOf(project);
  const why = await whyNotSignedBy(name, canonicalJson(statement), signature, signers);
  if (why !== null) {
    throw new DrydockError('SIGN_UNKNOWN', `The key ${order.key} is not a key of ${name}: ${why}.`, {
      hint: `Add the public key to ${signers} as "${name} ssh-ed25519 AAAA…", and commit that before the run.`,
    });
  }
  await requireOnePersonEach(order, signature, others);
  await keep(order, { statement, signature });
  return { ...wanted, status: 'signed', name, signedAt: statement.signedAt, why: null };
}

/** Every sign-off that a project wants of a run: there, missing, or there and not to be believed. */
export async function signOffsOf(
  project: Project,
  rehearsal: Rehearsal,
  trail: string,
  entries: readonly TrailEntry[],
): Promise<SignOff[]> {
  const wanted = rolesToSign(project.config);
  const found: SignOff[] = [];
  const holders: { role: string; names: readonly string[] }[] = [];
  for (const { role, for: of } of wanted) {
    const content = await read(fileOf(trail, rehearsal.report.runId, role));
    if (content === undefined) {
      found.push({ role, for: of, status: 'missing', name: null, signedAt: null, why: null });
      continue;
    }
    const { statement, signature } = JSON.parse(content) as SignedStatement;
    const names = await holdersOf(signature, signersOf(project));
    const twice = holders.find((other) => other.names.some((name) => names.includes(name)));
    const why =
      whyNotBound(statement, role, rehearsal) ??
      (entries.some(({ body }) => hasRow(body, nameRow(content))) ? null : 'the trail does not name it') ??
      whyNotAgent(project.config, statement) ??
      (await whyNotSignedBy(statement.name, canonicalJson(statement), signature, signersOf(project))) ??
      (twice && !project.config.signOffs.severalRolesEach ? `the same person signed for ${twice.role}` : null);
    holders.push({ role, names });
    const status = why === null ? 'signed' : 'refused';
    found.push({ role, for: of, status, name: statement.name, signedAt: statement.signedAt, why });
  }
  return found;
}

function whyNotBound(statement: Statement, role: string, { report, sha256: hash, entry }: Rehearsal): string | null {
  if (statement.role !== role) return `it was signed for ${statement.role}`;
  const fits = statement.runId === report.runId && statement.report === hash && statement.entry === entry.sha256;
  return fits ? null : 'it was signed for another report';
}

function whyNotAgent({ signOffs }: Config, { name, role }: Pick<Statement, 'name' | 'role'>): string | null {
  const isAgent = signOffs.agents.includes(name);
  return isAgent && !signOffs.agentRoles.includes(role)
    ? `${name} is a program, and ${role} is signed by a person`
    : null;
}

function requireMaySign({ project, rehearsal, role, name }: SignOrder): Pick<SignOff, 'role' | 'for'> {
  const wanted = rolesToSign(project.config);
  const mine = wanted.find((known) => known.role === role);
  if (!mine) {
    throw new DrydockError('SIGN_ROLE', `There is no sign-off by ${role}.`, {
      hint: `Choose one of ${wanted.map((known) => known.role).join(', ')}.`,
    });
  }
  const why = whyNotAgent(project.config, { name, role });
  if (why) throw new DrydockError('SIGN_AGENT', `${why}.`, { hint: 'A person signs it, with a key of their own.' });
  if (rehearsal.report.outcome !== 'go') {
    throw new DrydockError('SIGN_NOT_GO', `Run ${rehearsal.report.runId} ended as ${rehearsal.report.outcome}.`, {
      hint: 'Only a run that is go can be signed: mend what it found, and run again.',
    });
  }
  return mine;
}

function requireFree({ role, rehearsal }: SignOrder, others: readonly SignOff[]): void {
  const taken = others.find((other) => other.role === role && other.status === 'signed');
  if (!taken) return;
  throw new DrydockError('SIGN_TAKEN', `${taken.name} has signed run ${rehearsal.report.runId} for ${role} already.`, {
    hint: 'Look at "drydock readiness" for what is still to be signed; another signature needs another run.',
  });
}

/** By key, not by name: a second name for one key is no second person. */
async function requireOnePersonEach(order: SignOrder, signature: string, others: readonly SignOff[]): Promise<void> {
  if (order.project.config.signOffs.severalRolesEach) return;
  const names = [order.name, ...(await holdersOf(signature, signersOf(order.project)))];
  const first = others.find(({ status, name }) => status === 'signed' && names.includes(name!));
  if (!first) return;
  throw new DrydockError('SIGN_TWICE', `${order.name} is ${first.name}, who has signed this run for ${first.role}.`, {
    hint: 'Each role is signed by another person, unless signOffs.severalRolesEach in drydock.yaml is true.',
  });
}

async function keep({ place, now }: SignOrder, signed: SignedStatement): Promise<void> {
  const { runId, role, name, report, signedAt } = signed.statement;
  const content = `${JSON.stringify(signed, null, 2)}\n`;
  const path = fileOf(place.trail, runId, role);
  await mkdir(join(place.trail, 'evidence'), { recursive: true });
  await writeFile(path, content);
  const rows: [string, string][] = [
    ['role', role],
    ['name', name],
    ['run', runId],
    ['its report', `sha256 ${report}`],
    ['signed', signedAt],
    nameRow(content),
  ];
  const body = [table(['sign-off', ''], rows), line(`${name} signed for ${role}.`)];
  const heading = `Sign-Off (${now.toISOString().replace(/\.\d+Z$/, 'Z')})`;
  const entry = { heading, body: body.join('\n\n'), at: now };
  await appendEntry({ directory: place.trail, lockFile: place.lockFile, entry });
}

/** By which the trail names the file of a sign-off. */
function nameRow(content: string): [string, string] {
  return ['sign-off', `sha256 ${sha256(content)}`];
}

function signersOf({ root, config }: Project): string {
  return resolve(root, config.signOffs.signers);
}

function fileOf(trail: string, runId: string, role: string): string {
  return join(trail, 'evidence', `${runId}.${role}${ending}`);
}

const ending = '.sign-off.json';

/** Whether a file beside the trail is a sign-off; the reports of runs lie there too. */
export function isSignOff(file: string): boolean {
  return file.endsWith(ending);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
