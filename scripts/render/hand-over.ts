import type { AppendedEntry } from '../../audit-log/trail/index.ts';
import { cell, code, fenced, line } from '../../ops/markdown.ts';
import { variablesOf } from '../../ops/postgres/index.ts';
import { oneLined, visible } from '../../ops/visible.ts';
import type { AttackReport, HandOver } from '../../stage/leases/index.ts';
import { jsonOf } from './json.ts';

/** Everything that the one who gets a lease needs. The screen, `--json` and the file are renderings of this one object. */
export interface HandOverMessage {
  readonly lease: string;
  readonly profile: string;
  readonly lentTo: string;
  readonly lentBy: string;
  readonly expiresAt: string;
  readonly latestExpiry: string;
  /** The login, as psql and every Postgres client read it; null when it stands in a file instead. */
  readonly environment: Readonly<Record<string, string>> | null;
  readonly environmentFile: string | null;
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
  readonly limits: {
    readonly connections: number;
    readonly statementMs: number;
    readonly transactionMs: number;
    readonly idleMs: number;
  };
  /** None for a profile that does no steps. */
  readonly steps: readonly { readonly command: string; readonly does: string }[];
  readonly shown: readonly string[];
  readonly notShown: readonly string[];
  readonly attack: { readonly tried: number; readonly findings: number; readonly durationMs: number } | null;
  /** Where the hand-over is written down. */
  readonly trail: { readonly file: string; readonly number: number };
}

/** The order that operators and agents know. What an agent may not do is named with who does it. */
const steps = [
  {
    command: 'drydock backfill',
    does: 'fill in data, the files that this profile may run; the others are the operator’s',
  },
  { command: 'drydock hydrate', does: 'link the domains, nulls only, through the linker' },
  { command: 'drydock ingest --dry-run', does: 'the ingest as a dry run: everything is taken back' },
  { command: 'drydock check', does: 'is what is there sound; the checks that are not yours are named' },
  { command: 'drydock isolate', does: 'try the boundary as this login' },
];

/** @returns null when nothing was handed over */
export function messageOf(
  { lease, order, rights, waysIn, attack }: HandOver,
  entry: AppendedEntry,
): HandOverMessage | null {
  if (!lease) return null;
  const { connections, statementMs, transactionMs, idleMs } = order.terms;
  return {
    lease: lease.role,
    profile: lease.profile,
    lentTo: lease.lentTo,
    lentBy: order.by,
    expiresAt: lease.expiresAt.toISOString(),
    latestExpiry: lease.latestExpiry.toISOString(),
    environment: variablesOf(lease.target),
    environmentFile: null,
    ...rights,
    limits: { connections, statementMs, transactionMs, idleMs },
    steps: order.project.config.lease.profile === lease.profile ? steps : [],
    shown: waysIn?.verified ?? [],
    notShown: waysIn?.notVerified ?? [],
    attack: attack && { tried: attack.tried, findings: attack.findings.length, durationMs: attack.durationMs },
    trail: { file: entry.file, number: entry.number },
  };
}

export const handOverForms = { env: asEnvironment, json: jsonOf, markdown: asMarkdown } satisfies Record<
  string,
  (message: HandOverMessage) => string
>;

/** Lines for a shell or an .env file, the expiry above them. */
function asEnvironment({ lease, expiresAt, environment, environmentFile }: HandOverMessage): string {
  const lines = environment
    ? Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`)
    : [`# the login stands in ${visible(environmentFile ?? '')}`];
  return [`# ${visible(lease)}, until ${expiresAt}`, ...lines, ''].join('\n');
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A path for the shell's dot, which looks a bare name up among its programs. */
function pathInShell(path: string): string {
  const reached = path.includes('/') ? path : `./${path}`;
  return /^[\w./-]+$/.test(reached) ? reached : quoted(reached);
}

/** A message to paste to the one who gets the lease. */
function asMarkdown(message: HandOverMessage): string {
  const { lease, lentTo, lentBy, expiresAt, latestExpiry, may, mayNot, limits, trail } = message;
  return [
    `# A staging for ${line(lentTo)}`,
    `${line(lentBy)} lends you a disposable Postgres as ${code(lease)} until **${expiresAt}** (${localTime(expiresAt)}). ` +
      `Then every session ends and the login is gone; until ${latestExpiry} at the latest it can be extended: ask before, not after.`,
    '## Log in',
    login(message),
    '## You may',
    list(may),
    '## You may not',
    list(mayNot),
    `At most ${limits.connections} connections. A session is ended when a statement runs over ${inMinutes(limits.statementMs)}, ` +
      `a transaction is open over ${inMinutes(limits.transactionMs)}, or sits idle over ${inMinutes(limits.idleMs)}, whatever it set for itself.`,
    ...sequence(message),
    '## Where results go',
    `Each command prints its result; \`--json\` prints it for machines. Give both to ${cell(lentBy)}. ` +
      `The hand-over is entry ${trail.number} of ${trail.file}; what this login did is added there at its end.`,
    '## What was shown about this login',
    list(shownFacts(message)),
    '',
  ].join('\n\n');
}

function sequence({ steps: own }: HandOverMessage): string[] {
  if (own.length === 0) return [];
  return [
    '## Do this, in this order',
    own.map(({ command, does }, index) => `${index + 1}. \`${command}\`: ${does}`).join('\n'),
    'Migrations (`drydock apply`) are not yours: the operator has applied them, as the owners of the domains. ' +
      'Each step says how many rows it changed, what it warns of, and what the change log got (`views.change_summary`). ' +
      'Stop at the first that fails, and pass on what it prints: the step, the error, the command and the fix.',
  ];
}

function login({ environment, environmentFile }: HandOverMessage): string {
  if (!environment) {
    const file = environmentFile ?? '';
    return `The login stands in ${code(file)}: ${code(`set -a; . ${pathInShell(file)}; set +a`)}`;
  }
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return fenced('sh', lines.join('\n'));
}

function shownFacts({ shown, notShown, attack }: HandOverMessage): string[] {
  const attacked = attack
    ? `a twin of it tried ${attack.tried} ways out in ${attack.durationMs} ms: ${attack.findings} findings`
    : 'no twin has attacked: it was asked not to';
  return [attacked, ...shown, ...notShown.map((fact) => `not shown: ${fact}`)];
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${line(item)}`).join('\n');
}

function inMinutes(milliseconds: number): string {
  return `${Math.round(milliseconds / 6000) / 10} min`;
}

function localTime(moment: string): string {
  return new Date(moment).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
}

/** What an attack came to, for a person. */
export function attackText(attack: AttackReport): string {
  const { tried, refused, declared, harmless, findings, durationMs } = oneLined(attack);
  const counts = `${tried} ways out tried in ${durationMs} ms: ${refused} refused, ${declared} allowed by the contract, ${harmless.length} harmless, ${findings.length} findings`;
  const found = findings.map(({ name, tries, answer }) => `  ${name}: to ${tries}: ${answer}`);
  const stop = findings.length > 0 ? ['Nothing was handed over.'] : [];
  return [counts, ...found, ...stop, ''].join('\n');
}
