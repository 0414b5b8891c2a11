import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { codeOf, DrydockError } from '../errors.ts';
import { sha256 } from '../evidence.ts';
import { nearest } from './nearest.ts';
import { checkReferences } from './references.ts';
import { namesSchema, projectSchema, type Config } from './schema.ts';

/** A project: its settings, and where its files are. */
export interface Project {
  readonly config: Config;
  /** The folder of drydock.yaml; every path in it is relative to this. */
  readonly root: string;
  readonly file: string;
  readonly sha256: string;
}

/** One thing wrong in a configuration file. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

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

function parseConfig(file: string, text: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw invalid(
      file,
      document.errors.map((error) => ({
        path: `line ${lines.linePos(error.pos[0]).line}`,
        message: error.message.split('\n')[0]!,
      })),
    );
  }
  const given: unknown = document.toJS() ?? {};
  const parsed = projectSchema.safeParse(given, { reportInput: true });
  const issues = parsed.error?.issues.flatMap(flattened) ?? [];
  const problems = [...issues.flatMap(problemsOf), ...referenceProblems(given, issues)];
  if (problems.length > 0) throw invalid(file, problems);
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

/** Of a union's branches, the one that got furthest is the one that was meant. */
function flattened(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const depth = (branch: z.core.$ZodIssue[]) => Math.max(0, ...branch.map(({ path }) => path.length));
  const [meant = []] = [...issue.errors].sort((a, b) => depth(b) - depth(a));
  return meant.flatMap((inner) => flattened({ ...inner, path: [...issue.path, ...inner.path] }));
}

function problemsOf(issue: z.core.$ZodIssue): ConfigProblem[] {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_value') return [{ path, message: valueMessage(issue) }];
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => {
    const known = nearest(key, knownKeys(issue.path));
    const advice = known ? ` Did you mean ${known}?` : '';
    return { path: [...issue.path, key].join('.'), message: `unknown key.${advice}` };
  });
}

function valueMessage(issue: z.core.$ZodIssueInvalidValue): string {
  const known = issue.values.map(String);
  const like = nearest(String(issue.input), known);
  return `is not one of ${known.join(', ')}.${like ? ` Did you mean ${like}?` : ''}`;
}

/** The keys that the schema knows at a path; walks objects and records alike. */
function knownKeys(path: PropertyKey[]): string[] {
  let schema: unknown = projectSchema;
  for (const key of path) {
    const inner = unwrap(schema) as { shape?: Record<string, unknown>; valueType?: unknown };
    schema = inner.shape?.[String(key)] ?? inner.valueType;
  }
  return Object.keys((unwrap(schema) as { shape?: object } | undefined)?.shape ?? {});
}

function unwrap(schema: unknown): unknown {
  let inner = schema as { def?: { innerType?: unknown } } | undefined;
  while (inner?.def?.innerType) inner = inner.def.innerType as typeof inner;
  return inner;
}

/** The error that lists what is wrong with a project file. */
export function invalid(file: string, problems: readonly ConfigProblem[]): DrydockError {
  const list = problems.map(({ path, message }) => `  ${path || '(top level)'}: ${message}`).join('\n');
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new DrydockError('CONFIG_INVALID', `${file} has ${count}:\n${list}`, {
    hint: 'Correct them; ops/drydock.yaml explains every key.',
  });
}
