import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { TestProject } from './project.ts';

const gates = 'scripts_complete, zero_errors, audit_trail_complete, views_compile, rls_active, boundary_isolated';

/** The roles of a small team, each with the one person who signs for it. */
export const people = { agent: 'codex', operator: 'ada', dba: 'bob' } as const;

/** A project in a git repository, whose people have keys: what a promotion starts from. */
export async function teamProject(
  home: string,
  settings = '',
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<TestProject> {
  const project = await TestProject.copy(home);
  await project.edit('drydock.yaml', 'promotion: [performance_impact]', `promotion: [${gates}]`);
  const yaml = await project.read('drydock.yaml');
  await project.write('drydock.yaml', `${yaml}${signOffs}${settings}`);
  await mkdir(join(project.folder, 'keys'));
  const lines = await Promise.all(Object.values(people).map((name) => makeKey(project, name)));
  await project.write('allowed_signers', lines.join(''));
  await project.write('.gitignore', 'keys\n.drydock\n');
  await prepare(project.folder);
  await git(project, 'init', '--quiet');
  await commit(project);
  return project;
}

const signOffs = `
signOffs:
  signers: allowed_signers
  staging: [agent, operator]
  promotion: [dba]
  agents: [codex]
trail: { directory: audit-log/trail, state: .drydock }
`;

/** Makes a key for a name, and returns its line for the file of signers. */
export async function makeKey(project: TestProject, name: string): Promise<string> {
  await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', keyOf(project, name)]);
  const [type, key] = (await readFile(`${keyOf(project, name)}.pub`, 'utf8')).split(' ');
  return `${name} ${type} ${key}\n`;
}

export function keyOf(project: TestProject, name: string): string {
  return join(project.folder, 'keys', name);
}

export function signAs(project: TestProject, role: string, name: string, key = name) {
  return project.drydock('sign', role, '--as', name, '--key', keyOf(project, key));
}

/** Lets everybody sign who has to. */
export async function signAll(project: TestProject): Promise<void> {
  for (const [role, name] of Object.entries(people)) {
    const { code, stderr } = await signAs(project, role, name);
    if (code !== 0) throw new Error(stderr);
  }
}

export async function commit(project: TestProject): Promise<void> {
  await git(project, 'add', '--all');
  await git(
    project,
    '-c',
    'user.name=Tester',
    '-c',
    'user.email=t@example.org',
    'commit',
    '--quiet',
    '--allow-empty',
    '--message',
    'x',
  );
}

/** Commits what there is and rehearses it, which has to go. */
export async function rehearse(project: TestProject): Promise<void> {
  await commit(project);
  const { code, stdout, stderr } = await project.drydock('run');
  if (code !== 0) throw new Error(stdout + stderr);
}

/** Rehearses what there is, and everybody signs for it: what a promotion wants. */
export async function rehearseAndSign(project: TestProject): Promise<void> {
  await rehearse(project);
  await signAll(project);
}

export async function git(project: TestProject, ...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: project.folder })).stdout;
}

/** Puts a file of the project back as it was. */
export async function restoring<T>(project: TestProject, path: string, work: () => Promise<T>): Promise<T> {
  const file = join(project.folder, path);
  const before = await readFile(file);
  try {
    return await work();
  } finally {
    await writeFile(file, before);
  }
}
