import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as workflows from '@actions/workflow-parser';
import type * as actions from '@actions/workflow-parser/actions/index';

type Parser = typeof workflows & Pick<typeof actions, 'parseAction'>;

/** GitHub's own parser, bundled: it imports JSON in a way that Node refuses. */
async function loadParser(): Promise<Parser> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-parser-'));
  await build({
    stdin: {
      contents: `export * from '@actions/workflow-parser'; export { parseAction } from '@actions/workflow-parser/actions/index';`,
      resolveDir: join(import.meta.dirname, '../../..'),
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    outfile: join(folder, 'parser.mjs'),
  });
  const loaded = (await import(pathToFileURL(join(folder, 'parser.mjs')).href)) as Parser;
  await rm(folder, { recursive: true });
  return loaded;
}

const parser = await loadParser();

/** What GitHub would say of a workflow. */
export async function workflowErrors(name: string, content: string): Promise<string[]> {
  const { context, value } = parser.parseWorkflow({ name, content }, new parser.NoOperationTraceWriter());
  if (value) await parser.convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

/** What GitHub would say of an action. */
export function actionErrors(name: string, content: string): string[] {
  const { context } = parser.parseAction({ name, content }, new parser.NoOperationTraceWriter());
  return context.errors.getErrors().map(({ message }) => message);
}
