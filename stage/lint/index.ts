import { join } from 'node:path';
import type { Project } from '../../ops/config/index.ts';
import { parseScript, readSqlFolder, type SqlFile } from '../../ops/postgres/index.ts';
import { measured, type Finding, type Measurement } from '../measurement.ts';
import { rules, type LintedFile, type Rule, type SqlRole } from './rules.ts';

/** What a lint is about: the boundary between domains, or the scripts themselves. Each decides a gate of its own. */
const lintIds = { boundary: 'lint/boundary', scripts: 'lint/scripts' } as const;

/**
 * Reads a project's SQL before any of it runs, with Postgres's own parser, and applies every rule to every file.
 * A file that does not parse is left to the step that runs it, whose error is the better one.
 */
export async function lint(project: Project): Promise<Measurement[]> {
  const files = await lintedFiles(project);
  const statements = files.reduce((sum, file) => sum + file.statements.length, 0);
  return [
    measure(
      lintIds.boundary,
      'No file reaches across the boundary',
      files,
      statements,
      project,
      ({ boundary }) => boundary === true,
    ),
    measure(
      lintIds.scripts,
      'No file does what a script should not',
      files,
      statements,
      project,
      ({ boundary }) => !boundary,
    ),
  ];
}

function measure(
  id: string,
  title: string,
  files: LintedFile[],
  examined: number,
  project: Project,
  applies: (rule: Rule) => boolean,
): Measurement {
  const findings = files.flatMap((file) =>
    rules.filter(applies).flatMap((rule) =>
      rule.find(file, project.config).map(({ offset, detail }): Finding => {
        const line = file.file.text.slice(0, offset).split('\n').length;
        const { severity: level, remedy } = rule;
        return {
          level,
          object: `${file.file.path}:${line}`,
          detail: `${detail} (${rule.id})`,
          remedy,
          file: file.file.path,
          line,
        };
      }),
    ),
  );
  const violations = findings.filter(({ level }) => level === 'error').length;
  return measured({ id, title, examined, violations, findings });
}

async function lintedFiles({ config, root }: Project): Promise<LintedFile[]> {
  const folders: [folder: string, roleOf: (file: SqlFile) => SqlRole][] = [
    ...config.migrations.map(({ folder, as }): [string, () => SqlRole] => [folder, () => ({ kind: 'migration', as })]),
    ...config.checks.folders.map((folder): [string, () => SqlRole] => [folder, () => ({ kind: 'check' })]),
  ];
  if (config.checks.gaps) folders.push([config.checks.gaps, () => ({ kind: 'check' })]);
  if (config.checks.fixes) folders.push([config.checks.fixes, () => ({ kind: 'backfill' })]);
  if (config.backfills.folder) folders.push([config.backfills.folder, () => ({ kind: 'backfill' })]);
  for (const linking of [config.hydrate, config.ingest]) {
    if (!linking) continue;
    const { folder, linker } = linking;
    folders.push([folder, ({ header }) => ({ kind: header['links'] ? 'link rule' : 'ingest read', linker })]);
  }
  const read = await Promise.all(
    folders.map(async ([folder, roleOf]) =>
      Promise.all((await readSqlFolder(root, join(root, folder))).map((file) => linted(file, roleOf(file)))),
    ),
  );
  return read.flat();
}

/** `:batch` and `:'csv'` are filled in by the engine; for the parser any value will do. */
async function linted(file: SqlFile, role: SqlRole): Promise<LintedFile> {
  const text = file.text.replaceAll(':batch', '  true').replaceAll(":'csv'", "''    ");
  return { file, role, statements: (await parseScript(text)) ?? [] };
}
