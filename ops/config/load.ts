import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { codeOf, DrydockError } from '../errors.ts';
import { sha256 } from '../evidence.ts';
import { readYaml } from '../yaml.ts';
import { flattened, invalid, parseYaml, problemsOf, type ConfigProblem } from './problems.ts';
import { checkReferences } from './references.ts';
import { booksSchema, namesSchema, projectSchema, type Config } from './schema.ts';

/** A project: its settings, and where its files are. */
export interface Project {
  readonly config: Config;
  /** The folder of drydock.yaml; every path in it is relative to this. */
  readonly root: string;
  readonly file: string;
  readonly sha256: string;
}

const hint = 'Correct them; ops/drydock.yaml explains every key.';

/**
 * Reads and checks a drydock.yaml.
 * @throws CONFIG_MISSING, or CONFIG_INVALID that lists every problem at once
 */
export async function loadProject(file: string): Promise<Project> {
  const path = resolve(file);
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new DrydockError('CONFIG_MISSING', `Cannot read the project file ${file}: ${codeOf(error)}.`, {
      hint: 'Correct --config, or begin a project with "drydock init FOLDER".',
      cause: error,
    });
  });
  const config = parseConfig(file, text);
  return { config, root: dirname(path), file: path, sha256: sha256(text) };
}

/** Whose books are kept where: what has to be known of a project even while its file is broken. */
export interface Books {
  readonly project: string;
  /** The folder of what is Drydock's own. */
  readonly state: string;
}

/** As far as the file can be read; where it says nothing, the project has the name of its folder and the usual place. */
export async function booksOf(file: string): Promise<Books> {
  const root = dirname(resolve(file));
  const { project = basename(root), trail } = booksSchema.parse(readYaml(await readFile(file, 'utf8')).value);
  return { project, state: resolve(root, trail.state) };
}

function parseConfig(file: string, text: string): Config {
  const given = parseYaml(file, text, hint);
  const parsed = projectSchema.safeParse(given, { reportInput: true });
  const issues = parsed.error?.issues.flatMap(flattened) ?? [];
  const problems = [
    ...issues.flatMap((issue) => problemsOf(issue, projectSchema)),
    ...referenceProblems(given, issues),
  ];
  if (problems.length > 0) throw invalid(file, problems, hint);
  return parsed.data!;
}

/** Names are checked even where the rest has mistakes, so that nobody has to come back twice; unless too little is left. */
function referenceProblems(given: unknown, issues: readonly z.core.$ZodIssue[]): ConfigProblem[] {
  const rest = structuredClone(given);
  // from the end, so that the places in a list stay what they were
  for (const issue of [...issues].reverse()) takeOut(rest, issue);
  const names = namesSchema.safeParse(rest);
  return names.success ? checkReferences(names.data) : [];
}

/** Takes out unknown keys and wrong members of lists: what no other part of the file can mean. */
function takeOut(rest: unknown, issue: z.core.$ZodIssue): void {
  const path = issue.code === 'unrecognized_keys' ? issue.path : issue.path.slice(0, -1);
  const parent = path.reduce<any>((at, key) => at?.[key], rest);
  if (issue.code === 'unrecognized_keys') for (const key of issue.keys) delete parent[key];
  else if (Array.isArray(parent)) parent.splice(Number(issue.path.at(-1)), 1);
}
