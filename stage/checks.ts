import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../ops/builtin.ts';
import { gateIds, nearest, type GateId, type Project } from '../ops/config/index.ts';
import { auditor, rolesOf } from '../ops/contract/index.ts';
import { DrydockError } from '../ops/errors.ts';
import { own } from '../ops/own.ts';
import {
  literal,
  oneStatement,
  parseScript,
  readSqlFolder,
  requireHeader,
  type QueryResult,
  type Session,
  type SqlFile,
} from '../ops/postgres/index.ts';
import { queryAs, runAs, type Actor } from './confined/index.ts';
import type { Holder } from './step.ts';
import { measured, notMeasured, type Finding, type Measurement, type Severity } from './measurement.ts';

/** A check: one SQL file that returns a row per thing it looked at. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly threshold: number;
  readonly remedy: string;
  /** The gate that it helps to decide. */
  readonly gate: GateId;
  /** The role it runs as; `admin` where seeing past row-level security is the point. */
  readonly as: string;
  /** Whether Drydock brings it, or the project does. */
  readonly builtin: boolean;
  readonly file: SqlFile;
}

/** What a check says of one thing it looked at. */
export interface CheckRow {
  readonly object: string;
  readonly examined: number;
  readonly violations: number;
  readonly detail: string | null;
}

const columns = ['object', 'examined', 'violations', 'detail'];
const asAdmin = 'admin';

/** Drydock's own checks and the project's, in order of folder and name, without those that do not apply to it. */
export async function loadChecks(project: Project): Promise<Check[]> {
  const checks = await readChecks(project);
  for (const { file } of checks) await requireOneStatement(file);
  return checks;
}

/**
 * What the headers of the checks say, without a look at their statements: it takes milliseconds, so it comes before a run.
 * @throws CHECK_NAME_TAKEN, CHECK_HEADER, SQL_HEADER_MISSING
 */
export async function readChecks(project: Project): Promise<Check[]> {
  const own = await readSqlFolder(builtinRoot, join(builtinSql, 'checks'));
  const theirs = await Promise.all(
    project.config.checks.folders.map((folder) => readSqlFolder(project.root, join(project.root, folder))),
  );
  const files = [...own, ...theirs.flat()];
  refuseSameNames(files);
  const applying = files.filter((file) => applies(file, project));
  return applying.map((file) => ({ ...checkOf(file, project), builtin: own.includes(file) }));
}

/** Gates know a check by its name: a second one of the same name would speak for the first. */
function refuseSameNames(files: SqlFile[]): void {
  for (const [index, file] of files.entries()) {
    const first = files.findIndex(({ name }) => name === file.name);
    if (first === index) continue;
    throw new DrydockError('CHECK_NAME_TAKEN', `${file.path} has the name of ${files[first]!.path}.`, {
      hint: 'Give it another name.',
    });
  }
}

/** What a check can need of a project, by the name in its `needs:` header. */
const needs: Record<string, (project: Project) => boolean> = {
  backfills: ({ config }) => config.backfills.folder !== undefined,
  links: ({ config }) => config.hydrate !== undefined,
  views: ({ config }) => Object.keys(config.contract.views).length > 0,
};

/** "Does not apply" is not "unproven": a project without backfills cannot leave one unfinished. */
function applies(file: SqlFile, project: Project): boolean {
  const need = file.header['needs'];
  if (!need) return true;
  const isMet = own(needs, need);
  if (isMet) return isMet(project);
  throw new DrydockError('CHECK_HEADER', `${file.path}: needs "${need}" is nothing that a project has.`, {
    hint: `Choose one of ${Object.keys(needs).join(', ')}, or leave the line out.`,
  });
}

function checkOf(file: SqlFile, project: Project): Omit<Check, 'builtin'> {
  const { severity = 'error', threshold = '0', as = auditor, gate = 'scripts_complete' } = file.header;
  if (!isGate(gate)) {
    throw new DrydockError('CHECK_HEADER', `${file.path}: there is no gate "${gate}".`, {
      hint: `Choose one of ${gateIds.join(', ')}.`,
    });
  }
  if (severity !== 'error' && severity !== 'warning') {
    throw new DrydockError('CHECK_HEADER', `${file.path}: severity "${severity}" is neither error nor warning.`, {
      hint: 'Write "-- severity: error", or "-- severity: warning" for what is reported and blocks nothing.',
    });
  }
  if (!/^\d+$/.test(threshold)) {
    throw new DrydockError('CHECK_HEADER', `${file.path}: threshold "${threshold}" is not a whole number.`, {
      hint: 'Write how many violations are still go: "-- threshold: 0", or more.',
    });
  }
  requireRole(file, as, project);
  return {
    id: `check/${file.name}`,
    title: requireHeader(file, 'title'),
    remedy: requireHeader(file, 'remedy'),
    severity,
    threshold: own(project.config.checks.thresholds, file.name) ?? Number(threshold),
    gate,
    as,
    file,
  };
}

/** A role that is nobody's would be found only when the check is run, at the end. */
function requireRole(file: SqlFile, as: string, { config }: Project): void {
  const roles = [asAdmin, ...rolesOf(config)];
  if (roles.includes(as)) return;
  const like = nearest(as, roles);
  throw new DrydockError('CHECK_HEADER', `${file.path}: there is no role "${as}" in this project.`, {
    hint: like ? `Did you mean "-- as: ${like}"?` : `Choose one of ${roles.join(', ')}.`,
  });
}

/** A second statement would run outside the read-only transaction if the first one ended it. */
async function requireOneStatement(file: SqlFile): Promise<void> {
  const statements = await parseScript(file.text);
  if (!statements || statements.length === 1) return;
  throw new DrydockError('CHECK_STATEMENTS', `${file.path} has ${statements.length} statements; a check has one.`, {
    hint: 'Write it as one select, with CTEs where it needs steps.',
  });
}

function isGate(name: string): name is GateId {
  return (gateIds as readonly string[]).includes(name);
}

/** Whether a check sees what its role sees only over that role's login: policies may ask who is logged in. */
export function wantsLogin({ as }: Check): boolean {
  return as !== auditor && as !== asAdmin;
}

/**
 * Runs one check inside the open transaction, read-only and as the role it names. Nothing of that outlives it, so a
 * caller can plant a fault in the same transaction and see whether the check notices.
 * @param asLogin false where nobody may take another login, as on a target of a promotion or without a superuser: then as
 * the role only
 * @throws SqlError when it fails or tries to write, CHECK_COLUMNS or CHECK_NUMBERS when it returns something else
 */
export async function runCheck(session: Session, check: Check, asLogin = true): Promise<Measurement> {
  const how = check.as === asAdmin ? 'itself' : asLogin ? 'login' : 'role';
  // the auditor may read catalogs and books only, and what confines a role would stand in the catalogs that are judged
  const unconfined = how === 'itself' || (check.builtin && check.as === auditor);
  return judge(check, await readAs<CheckRow>(session, { role: check.as, how, unconfined }, check.file));
}

/** The rows of a query, read inside the open transaction as an actor; nothing of that outlives it. @throws SqlError */
export function readAs<R>(session: Session, actor: Actor, file: SqlFile): Promise<QueryResult<R>> {
  return session.takenBack(() => runAs<R>(session, actor, file, { readOnly: true }));
}

/**
 * Runs one check as the login it names, or as a lease: the auditor's through drydock.run_check, those of its own profile as itself.
 * @throws SqlError when it fails or tries to write, CHECK_COLUMNS or CHECK_NUMBERS when it returns something else
 */
export async function runCheckAsHolder(
  session: Session,
  check: Check,
  { profile }: Pick<Holder, 'profile'>,
): Promise<Measurement> {
  if (check.as === profile)
    return judge(check, await readAs<CheckRow>(session, { role: profile, how: 'itself' }, check.file));
  const call = `select * from drydock.run_check(${literal(check.file.path)})`;
  const holder = { role: profile, how: 'itself' } as const;
  return judge(check, await session.takenBack(() => queryAs<CheckRow>(session, holder, call, true)));
}

/** Writes the auditor's checks to where a lease can run them, and takes away those that are no more. */
export async function storeChecks(session: Session, checks: readonly Check[]): Promise<void> {
  const rows = await Promise.all(
    checks
      .filter(({ as }) => as === auditor)
      .map(async ({ file }) => ({ path: file.path, statement: (await oneStatement(file)).text, sha256: file.sha256 })),
  );
  await session.transaction(async () => {
    await session.query('delete from drydock.known_check');
    await session.query(
      'insert into drydock.known_check select * from jsonb_populate_recordset(null::drydock.known_check, $1)',
      [JSON.stringify(rows)],
    );
  });
}

function judge(check: Check, { fields, rows }: QueryResult<CheckRow>): Measurement {
  requireColumns(check, fields);
  return judgeRows(check, rows);
}

function requireColumns(check: Check, fields: readonly string[]): void {
  if (fields.join() === columns.join()) return;
  throw new DrydockError(
    'CHECK_COLUMNS',
    `${check.file.path} returns (${fields.join(', ')}); a check returns (${columns.join(', ')}).`,
    { hint: 'Name its columns so, in this order: one row per thing looked at.' },
  );
}

/** A null is no answer, and would count as no violation; less than none would cancel out another row's. */
function requireNumbers(check: Check, rows: CheckRow[]): void {
  const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
  const odd = rows.find(({ examined, violations }) => !isCount(examined) || !isCount(violations));
  if (!odd) return;
  throw new DrydockError(
    'CHECK_NUMBERS',
    `${check.file.path} examined ${odd.examined} and found ${odd.violations} at ${odd.object}; both are counts.`,
    { hint: 'Return whole numbers from 0; say what a null means with coalesce or "is not true".' },
  );
}

/** @throws CHECK_NUMBERS */
export function judgeRows(check: Check, rows: CheckRow[]): Measurement {
  requireNumbers(check, rows);
  const total = (key: 'examined' | 'violations') => rows.reduce((sum, row) => sum + row[key], 0);
  const examined = total('examined');
  if (examined <= 0) return notMeasured(check.id, check.title, nothingOf(check, rows));
  const violating = rows.filter(({ violations }) => violations > 0);
  return measured({
    id: check.id,
    title: check.title,
    severity: check.severity,
    threshold: check.threshold,
    examined,
    violations: total('violations'),
    findings: violating.map((row) => findingOf(check, row)),
  });
}

/** Why a check examined nothing, as far as its rows say, and what would give it something, as its header says. */
function nothingOf({ file }: Check, rows: CheckRow[]): string {
  const reasons = rows.flatMap(({ object, detail }) => (detail ? [`${object}: ${detail}`] : []));
  const remedy = file.header['nothing'];
  return [`${file.path} examined nothing`, ...reasons.slice(0, 3), ...(remedy ? [remedy] : [])].join('; ');
}

function findingOf(check: Check, row: CheckRow): Finding {
  return {
    level: check.severity,
    object: row.object,
    detail: row.detail ?? '',
    remedy: check.remedy,
    file: check.file.path,
    ...(Number(row.violations) > 1 ? { count: Number(row.violations) } : {}),
  };
}
