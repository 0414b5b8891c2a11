import type { z } from 'zod';
import { DrydockError } from '../errors.ts';
import { readYaml } from '../yaml.ts';
import { nearest } from './nearest.ts';

/** One thing wrong in a configuration file. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

/** A YAML text as plain values. @throws CONFIG_INVALID with the line of each mistake */
export function parseYaml(file: string, text: string, hint: string): unknown {
  const { value, problems } = readYaml(text);
  if (problems.length === 0) return value ?? {};
  throw invalid(
    file,
    problems.map(({ line, message }) => ({ path: `line ${line}`, message })),
    hint,
  );
}

/** The value of a YAML text that a schema describes. @throws CONFIG_INVALID that lists every problem at once */
export function parseAs<T>(schema: z.ZodType<T>, file: string, text: string, hint: string): T {
  const parsed = schema.safeParse(parseYaml(file, text, hint), { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap(flattened);
  throw invalid(
    file,
    issues.flatMap((issue) => problemsOf(issue, schema)),
    hint,
  );
}

/** Of a union's branches, the one that got furthest is the one that was meant. */
export function flattened(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const depth = (branch: z.core.$ZodIssue[]) => Math.max(0, ...branch.map(({ path }) => path.length));
  const [meant = []] = [...issue.errors].sort((a, b) => depth(b) - depth(a));
  return meant.flatMap((inner) => flattened({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** What is wrong, with the nearest known key or value. */
export function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): ConfigProblem[] {
  const path = issue.path.join('.');
  if (issue.code === 'invalid_value') return [{ path, message: valueMessage(issue) }];
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => {
    const known = nearest(key, knownKeys(schema, issue.path));
    const advice = known ? ` Did you mean ${known}?` : '';
    return { path: [...issue.path, key].join('.'), message: `unknown key.${advice}` };
  });
}

function valueMessage(issue: z.core.$ZodIssueInvalidValue): string {
  const known = issue.values.map(String);
  const like = nearest(String(issue.input), known);
  return `is not one of ${known.join(', ')}.${like ? ` Did you mean ${like}?` : ''}`;
}

/** The keys that the schema knows at a path; walks objects, records and lists alike. */
function knownKeys(root: z.ZodType, path: PropertyKey[]): string[] {
  let schema: unknown = root;
  for (const key of path) {
    const inner = unwrap(schema) as { shape?: Record<string, unknown>; valueType?: unknown; element?: unknown };
    schema = inner.shape?.[String(key)] ?? inner.valueType ?? inner.element;
  }
  return Object.keys((unwrap(schema) as { shape?: object } | undefined)?.shape ?? {});
}

function unwrap(schema: unknown): unknown {
  let inner = schema as { def?: { innerType?: unknown } } | undefined;
  while (inner?.def?.innerType) inner = inner.def.innerType as typeof inner;
  return inner;
}

const projectHint = 'Correct them; ops/drydock.yaml explains every key.';

/** Every problem of a file in one error; without a hint, of a project file. */
export function invalid(file: string, problems: readonly ConfigProblem[], hint = projectHint): DrydockError {
  const list = problems.map(({ path, message }) => `  ${path || '(top level)'}: ${message}`).join('\n');
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new DrydockError('CONFIG_INVALID', `${file} has ${count}:\n${list}`, { hint });
}
