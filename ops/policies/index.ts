/** The policies that tool events are kept and judged by: YAML files with these names in one folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, DrydockError } from '../errors.ts';
import { sha256 } from '../evidence.ts';
import { readYaml } from '../yaml.ts';
import { Rbac, rbacSchema } from './rbac.ts';

export { Rbac, type Tool, type ToolAction } from './rbac.ts';

const days = z.int().min(1);
const retentionSchema = z.strictObject({
  retention: z.strictObject({ audit_jsonl_days: days, audit_postgres_days: days.min(3) }),
});

const weight = z.number().min(0);
const weightsSchema = z.strictObject({
  defaults: z.strictObject({ cost_per_call: weight, cost_per_ms: weight }),
  tools: z.record(z.string(), z.strictObject({ cost_per_call: weight.optional(), cost_per_ms: weight.optional() })),
});

const names = z.array(z.string());
const toolsSchema = z.strictObject({
  services: names.default([]),
  tools: names,
  agents: z.record(z.string(), names),
});

export type Retention = z.infer<typeof retentionSchema>['retention'];
export type ToolPolicy = z.infer<typeof toolsSchema>;

/** Relative units, and the sha256 of the file that says them. */
export type CostWeights = z.infer<typeof weightsSchema> & { readonly sha256: string };

/** @throws DrydockError CONFIG_POLICY that names the file and every problem in it */
export async function loadRetention(folder: string): Promise<Retention> {
  const { value } = await load(join(folder, 'data_governance_policy.yml'), retentionSchema);
  return value.retention;
}

export async function loadCostWeights(folder: string): Promise<CostWeights> {
  const { value, text } = await load(join(folder, 'cost_weights.yml'), weightsSchema);
  return { ...value, sha256: sha256(text) };
}

export async function loadToolPolicy(folder: string): Promise<ToolPolicy> {
  return (await load(join(folder, 'tool_policy.yml'), toolsSchema)).value;
}

/** Read anew by whoever asks: a narrower policy narrows the tokens that are out. */
export async function loadRbac(folder: string): Promise<Rbac> {
  return new Rbac((await load(join(folder, 'rbac.yml'), rbacSchema)).value);
}

async function load<T>(path: string, schema: z.ZodType<T>): Promise<{ value: T; text: string }> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw invalid(path, String(codeOf(error)), error);
  });
  const { value, problems } = readYaml(text);
  if (problems.length > 0) throw invalid(path, inWords(problems.map(({ line, message }) => [`line ${line}`, message])));
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data, text };
  throw invalid(
    path,
    inWords(parsed.error.issues.map(({ path: at, message }) => [at.join('.') || '(top level)', message])),
  );
}

function inWords(problems: readonly (readonly [place: string, message: string])[]): string {
  return problems.map(([place, message]) => `${place}: ${message.replace(/[.:]$/, '')}`).join('; ');
}

function invalid(path: string, problems: string, cause?: unknown): DrydockError {
  return new DrydockError('CONFIG_POLICY', `The policy ${path} cannot be used: ${problems}.`, {
    hint: 'Correct it; the file of that name in ops/policies explains its keys.',
    cause,
  });
}
