import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  compareDatabases,
  compareSnapshots,
  comparisonMarkdown,
  comparisonPage,
  type Comparison,
  type CompareRules,
} from '../audit-log/snapshots/index.ts';
import { loadSignals, loadSnapshotPlan } from '../ops/config/index.ts';
import { DrydockError, exitCodes } from '../ops/errors.ts';
import type { Options } from './command.ts';
import { commitsBetween } from './git.ts';
import { databaseOfEnv, maskSaltOf } from './database-env.ts';
import type { Io } from './io.ts';
import { jsonOf } from './render/json.ts';

const renderings: Record<string, (comparison: Comparison) => string> = {
  markdown: comparisonMarkdown,
  html: comparisonPage,
  json: (comparison) => jsonOf(comparison),
};

/**
 * Compares two snapshots, or with a plan two databases: `go` when nothing changed, `no-go` when something did,
 * `unproven` when something is not known.
 */
export async function compareTwo(io: Io, options: Options, [before, after]: readonly string[]): Promise<number> {
  const render = renderings[options.json ? 'json' : text(options, 'format')!];
  if (!render)
    throw usage(
      `"${text(options, 'format')}" is no format of a comparison.`,
      `Choose one of ${Object.keys(renderings).join(', ')}.`,
    );
  const comparison = await (text(options, 'plan') === undefined ? ofFolders : ofDatabases)(
    io,
    options,
    before!,
    after!,
  );
  await show(io, text(options, 'out'), render(comparison));
  return exitCodes[comparison.verdict];
}

async function ofFolders(io: Io, options: Options, before: string, after: string): Promise<Comparison> {
  const signals = text(options, 'signals');
  const spill = await mkdtemp(join(tmpdir(), 'drydock-compare-'));
  try {
    return await compareSnapshots({
      before: resolve(io.cwd, before),
      after: resolve(io.cwd, after),
      rules: rulesOf(options),
      signals: signals === undefined ? undefined : await loadSignals(resolve(io.cwd, signals)),
      spill,
      commitsBetween: (old, now) => commitsBetween(io.cwd, old, now),
    });
  } finally {
    await rm(spill, { recursive: true, force: true });
  }
}

async function ofDatabases(io: Io, options: Options, before: string, after: string): Promise<Comparison> {
  if (options['signals'] !== undefined)
    throw usage(
      'Signals are counted over snapshots, not over databases.',
      'Leave out --signals, or take snapshots first.',
    );
  const plan = await loadSnapshotPlan(resolve(io.cwd, text(options, 'plan')!));
  return compareDatabases({
    before: await databaseOfEnv(io, resolve(io.cwd, before)),
    after: await databaseOfEnv(io, resolve(io.cwd, after)),
    plan,
    rules: rulesOf(options),
    maskSalt: maskSaltOf(io, plan.value),
    signal: io.signal,
  });
}

async function show(io: Io, out: string | undefined, rendering: string): Promise<void> {
  if (out === undefined) return io.out(rendering);
  const file = resolve(io.cwd, out);
  await writeFile(file, io.redactor.redact(rendering), { mode: 0o600 });
  io.out(`${file}\n`);
}

function rulesOf(options: Options): CompareRules {
  const tolerances = pairs(text(options, 'tolerance')).map(([name, value]): [string, number] => {
    const amount = Number(value);
    if (value !== '' && amount >= 0) return [name, amount];
    throw usage(
      `"${value}" is no tolerance for ${name}.`,
      'Write a number, or seconds for a time: --tolerance score=0.01.',
    );
  });
  return {
    keys: new Map(pairs(text(options, 'keys')).map(([name, columns]) => [name, list(columns)])),
    ignore: new Set(list(text(options, 'ignore') ?? '')),
    tolerance: new Map(tolerances),
  };
}

/** `name=value;name=value` */
function pairs(given = ''): [name: string, value: string][] {
  return given
    .split(';')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const [, name, value] = /^\s*([^=]+?)\s*=\s*(.+?)\s*$/.exec(pair) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw usage(`"${pair}" names no value.`, 'Write name=value, and a semicolon between two.');
    });
}

function list(given: string): string[] {
  return given
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
}

function usage(message: string, hint: string): DrydockError {
  return new DrydockError('USAGE_COMPARE', message, { hint });
}

function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}
