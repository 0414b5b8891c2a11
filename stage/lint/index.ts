import { join } from 'node:path';
import type { Project } from '../../ops/config/index.ts';
import { parseFault, parseScript, readSqlFolder, type SqlFile } from '../../ops/postgres/index.ts';
import { measured, type Finding, type Measurement } from '../measurement.ts';
import { rules, type LintedFile, type Rule, type SqlRole } from './rules.ts';

/** What a lint is about: the boundary between domains, or the scripts themselves. Each decides a gate of its own. */
const lintIds = { boundary: 'lint/boundary', scripts: 'lint/scripts', parsed: 'lint/parsed' } as const;

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

/** The lint where nothing runs afterwards that would say what does not parse, and where. */
export async function lintAlone(project: Project): Promise<Measurement[]> {
  const files = await lintedFiles(project);
  const findings = (await Promise.all(files.map(faultOf))).filter((fault) => fault !== undefined);
  const [examined, violations] = [files.length, findings.length];
  return [
    ...(await lint(project)),
    measured({ id: lintIds.parsed, title: 'Every file parses', examined, violations, findings }),
  ];
}

async function faultOf({ file, parsed }: LintedFile): Promise<Finding | undefined> {
  const fault = await parseFault(parsed);
  if (!fault) return undefined;
  const line = file.text.slice(0, fault.offset).split('\n').length;
  const isOfPsql = parsed[fault.offset] === '\\';
  return {
    level: 'error',
    object: `${file.path}:${line}`,
    detail: fault.message,
    remedy: isOfPsql ? 'Commands with a backslash are psql’s own: write SQL instead.' : 'Correct the statement.',
    file: file.path,
    line,
  };
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
  return { file, role, parsed: text, statements: (await parseScript(text)) ?? [] };
}
