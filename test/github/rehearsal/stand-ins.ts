import { cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import type { Runner } from './job.ts';

interface Use {
  readonly inputs: Readonly<Record<string, string>>;
  readonly runner: Runner;
}

/** What other people's actions do for our workflows, each by its name. @returns what it says in the log */
export const standIns: Readonly<Record<string, (use: Use) => Promise<string>>> = {
  'actions/checkout': async ({ inputs, runner }) => {
    if (inputs['persist-credentials'] !== 'false') throw new Error('the checkout would keep a credential');
    await execa('git', ['clone', '--quiet', runner.world.origin, runner.workspace]);
    return 'checked out';
  },

  'actions/setup-node': async ({ inputs, runner }) => {
    if (process.versions.node.split('.')[0] !== inputs['node-version']) throw new Error('this is another Node');
    runner.addPath(dirname(process.execPath));
    return `Node ${process.version}`;
  },

  'actions/cache': async ({ inputs }) => `a miss for ${inputs['key']}`,

  'actions/upload-artifact': async ({ inputs, runner }) => {
    const from = resolve(runner.workspace, inputs['path']!);
    const isFolder = (await stat(from)).isDirectory();
    if (isFolder && (await readdir(from)).length === 0) throw new Error(`no files in ${from}`);
    const to = join(runner.world.artifacts, inputs['name']!);
    await mkdir(to);
    await cp(from, to, { recursive: true });
    return `uploaded ${inputs['name']} for ${inputs['retention-days']} days`;
  },

  'actions/download-artifact': async ({ inputs, runner }) => {
    const to = resolve(runner.workspace, inputs['path']!);
    await mkdir(to, { recursive: true });
    await cp(join(runner.world.artifacts, inputs['name']!), to, { recursive: true });
    return `downloaded ${inputs['name']}`;
  },

  'github/codeql-action/upload-sarif': async ({ inputs, runner }) => {
    runner.world.received['sarif'] = JSON.parse(await readFile(join(runner.workspace, inputs['sarif_file']!), 'utf8'));
    return 'sent';
  },

  'actions/attest': async ({ inputs, runner }) => {
    const read = (input: string) => readFile(join(runner.workspace, inputs[input]!), 'utf8');
    runner.world.received['attestation'] = {
      type: inputs['predicate-type'],
      subject: await read('subject-path'),
      predicate: JSON.parse(await read('predicate-path')),
    };
    return 'signed';
  },
};
