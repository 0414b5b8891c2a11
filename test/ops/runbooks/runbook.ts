import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import type { TestProject } from '../../support/project.ts';

const root = join(import.meta.dirname, '../../..');
export const folder = join(root, 'ops/runbooks');

/** One command of a runbook, and how the runbook says that it exits. */
export interface RunbookCommand {
  readonly line: number;
  readonly text: string;
  readonly exit: number;
}

export interface Runbook {
  readonly file: string;
  readonly commands: readonly RunbookCommand[];
  /** What its reader is told to put in. */
  readonly placeholders: readonly string[];
}

/** A command ends with its line, unless the next line is needed to end it. */
export async function readRunbook(file: string): Promise<Runbook> {
  const text = await readFile(join(folder, file), 'utf8');
  const commands: RunbookCommand[] = [];
  for (const block of text.matchAll(/^```sh\n([^]*?)^```$/gm)) {
    let line = text.slice(0, block.index).split('\n').length + 1;
    for (const command of commandsIn(block[1]!)) {
      commands.push({ line, text: command, exit: Number(/ # exit (\d+): .+$/.exec(command)?.[1] ?? 0) });
      line += command.split('\n').length;
    }
  }
  const rows = [...text.matchAll(/^\| ((?:`[A-Z_0-9]+`(?:, )?)+) \|/gm)];
  const placeholders = rows.flatMap(([, names]) => [...names!.matchAll(/`([A-Z_0-9]+)`/g)].map(([, name]) => name!));
  return { file, commands, placeholders };
}

function commandsIn(block: string): string[] {
  const commands: string[] = [];
  let begun = '';
  for (const line of block.trimEnd().split('\n')) {
    begun += begun === '' ? line : `\n${line}`;
    if (!isWhole(begun)) continue;
    commands.push(begun);
    begun = '';
  }
  if (begun !== '') throw new Error(`This does not end: ${begun}`);
  return commands;
}

/** As bash sees it. */
function isWhole(text: string): boolean {
  return !text.endsWith('\\') && !execaSync('bash', ['-n', '-c', text], { reject: false }).failed;
}

/** The part of a runbook whose commands contain these words. */
export function only(runbook: Runbook, words: string): Runbook {
  return { ...runbook, commands: runbook.commands.filter(({ text }) => text.includes(words)) };
}

/** What commands use of the environment, beside what every shell has. */
export function variablesIn({ commands }: Runbook): string[] {
  const used = commands.flatMap(({ text }) => [...text.matchAll(/\$\{?([A-Z][A-Z_0-9]*)/g)].map(([, name]) => name!));
  return [...new Set(used)].filter((name) => name !== 'HOUSEKEEPING_KILL_SWITCH');
}

/**
 * Does what a runbook says, command by command, in a project.
 * @param meanwhile what others do before a command, by its first words
 * @returns what each command printed
 * @throws when one exits otherwise than the runbook says
 */
export async function follow(
  runbook: Runbook,
  project: TestProject,
  env: Readonly<Record<string, string>>,
  meanwhile: Readonly<Record<string, () => Promise<unknown>>> = {},
): Promise<Map<string, string>> {
  const path = `${await programs(project)}:${process.env['PATH']}`;
  const printed = new Map<string, string>();
  for (const { line, text, exit } of runbook.commands) {
    for (const [words, act] of Object.entries(meanwhile)) if (text.startsWith(words)) await act();
    const done = await execa('bash', ['-o', 'pipefail', '-u', '-c', text], {
      cwd: project.folder,
      env: { ...identity, DRYDOCK_HOME: project.home, NO_COLOR: '1', PSQL_PAGER: 'cat', ...env, PATH: path },
      reject: false,
      all: true,
    });
    if (done.exitCode !== exit)
      throw new Error(`${runbook.file}:${line} exits with ${done.exitCode}, not ${exit}: ${text}\n${done.all}`);
    printed.set(text, done.all);
  }
  return printed;
}

const identity = {
  DRYDOCK_ACTOR: 'tester',
  ...{ GIT_AUTHOR_NAME: 'Tester', GIT_AUTHOR_EMAIL: 't@example.org' },
  ...{ GIT_COMMITTER_NAME: 'Tester', GIT_COMMITTER_EMAIL: 't@example.org' },
};

/** A folder with `drydock` in it, which knows where the project file of the fixture is. */
async function programs(project: TestProject): Promise<string> {
  const bin = join(project.folder, '.drydock');
  await execa('mkdir', ['-p', bin]);
  const file = join(bin, 'drydock');
  const cli = `"${process.execPath}" "${join(root, 'scripts/drydock.js')}"`;
  await writeFile(
    file,
    `#!/bin/sh\ncase "$*" in *--config*) exec ${cli} "$@" ;; *) exec ${cli} "$@" --config drydock.yaml ;; esac\n`,
  );
  await chmod(file, 0o755);
  return bin;
}
