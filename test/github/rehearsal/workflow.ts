import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Scalar = string | number | boolean;

/** A step of a job or of a composite action, as far as the rehearsal knows steps. */
export interface StepSpec {
  readonly name?: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, Scalar>>;
  readonly env?: Readonly<Record<string, Scalar>>;
}

export interface ServiceSpec {
  readonly image: string;
  readonly env?: Readonly<Record<string, Scalar>>;
  readonly ports: readonly string[];
}

export interface JobSpec {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, Scalar>>;
  readonly strategy?: object;
  readonly services?: Readonly<Record<string, ServiceSpec>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly StepSpec[];
}

interface InputSpec {
  readonly type?: string;
  readonly default?: Scalar;
  readonly options?: readonly string[];
}

export interface WorkflowSpec {
  readonly on: Readonly<Record<string, { readonly inputs?: Readonly<Record<string, InputSpec>> } | null>>;
  readonly permissions?: object;
  readonly defaults?: { readonly run?: { readonly shell?: string } };
  readonly concurrency?: { readonly 'cancel-in-progress': boolean; readonly queue?: string };
  readonly jobs: Readonly<Record<string, JobSpec>>;
}

export interface ActionSpec {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly StepSpec[] };
}

/** Reads a workflow or an action from a checkout. */
export function readYaml<Spec>(root: string, file: string): Spec {
  return parse(readFileSync(join(root, file), 'utf8')) as Spec;
}

/** The inputs of a dispatch: what was given, the defaults for the rest, booleans as such. */
export function inputsOf({ on }: WorkflowSpec, given: Readonly<Record<string, Scalar>>): Record<string, Scalar> {
  const specs = on['workflow_dispatch']?.inputs ?? {};
  const unknown = Object.keys(given).filter((name) => !(name in specs));
  if (unknown.length > 0) throw new Error(`the workflow has no input ${unknown.join(', ')}`);
  return Object.fromEntries(
    Object.entries(specs).map(([name, { default: value = '', options }]) => {
      const chosen = given[name] ?? value;
      if (options && !options.includes(String(chosen))) throw new Error(`${name} is a choice, and ${chosen} is none`);
      return [name, chosen];
    }),
  );
}
