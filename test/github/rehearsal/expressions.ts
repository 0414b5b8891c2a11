import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';

/** github, inputs, env, steps and so on, as GitHub fills them. */
export type Contexts = Readonly<Record<string, unknown>>;

/** What the functions of a condition ask about. */
export interface Surroundings {
  readonly contexts: Contexts;
  /** Whether anything before it failed. */
  readonly failed: boolean;
  readonly workspace: string;
}

const contextNames = ['github', 'inputs', 'env', 'steps', 'needs', 'secrets', 'vars', 'runner', 'job', 'matrix'];
const statusFunction = /\b(success|failure|always|cancelled)\s*\(/;

/** Replaces every `${{ … }}` by its value, evaluated by GitHub's own parser. */
export function interpolate(text: unknown, surroundings: Surroundings): string {
  return String(text).replace(/\$\{\{([\s\S]*?)\}\}/g, (_, expression: string) =>
    evaluate(expression, surroundings).coerceString(),
  );
}

/** Whether an `if:` lets its job or step run; without a status function of its own it asks for success too. */
export function holds(condition: string | undefined, surroundings: Surroundings): boolean {
  const text = (condition ?? 'true').trim().replace(/^\$\{\{([\s\S]*)\}\}$/, '$1');
  const whole = statusFunction.test(text) ? text : `success() && (${text})`;
  return evaluate(`(${whole}) && true || false`, surroundings).coerceString() === 'true';
}

function evaluate(expression: string, { contexts, failed, workspace }: Surroundings): data.ExpressionData {
  const functions = [
    status('always', true),
    status('success', !failed),
    status('failure', failed),
    status('cancelled', false),
    { name: 'hashFiles', minArgs: 1, maxArgs: 255, call: hashFilesIn(workspace) },
  ];
  const known = Object.fromEntries(contextNames.map((name) => [name, contexts[name] ?? {}]));
  const tree = new Parser(new Lexer(expression.trim()).lex().tokens, contextNames, functions).parse();
  return new Evaluator(tree, asData(known), new Map(functions.map((one) => [one.name.toLowerCase(), one]))).evaluate();
}

function status(name: string, value: boolean): FunctionDefinition {
  return { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) };
}

function asData(value: object): data.Dictionary {
  return JSON.parse(JSON.stringify(value), data.reviver) as data.Dictionary;
}

function hashFilesIn(workspace: string) {
  return (...patterns: data.ExpressionData[]): data.ExpressionData => {
    const found = globSync(
      patterns.map((pattern) => pattern.coerceString()),
      { cwd: workspace, withFileTypes: true },
    )
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    const hash = createHash('sha256');
    for (const file of found) hash.update(readFileSync(file));
    return new data.StringData(found.length === 0 ? '' : hash.digest('hex'));
  };
}
