import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { extensionsSchema, makingFor } from '../../ops/contract/index.ts';
import { identifier, isSuperuser, literal, qualified, readSqlFile, type Session } from '../../ops/postgres/index.ts';

const works = ['run', 'rows'] as const;

/** What a function does in which nothing can leave a role: it takes statements and counts rows, or takes one and returns them. */
export type Work = (typeof works)[number];

const takes: Readonly<Record<Work, string>> = { run: 'text[]', rows: 'text' };

/** A function that confines a role, and how the server describes it. */
interface Confinement {
  readonly role: string;
  readonly description: string | null;
}

/** Made once for a role: for each of five hundred files anew it takes four times as long. */
const made = new WeakMap<Session, Map<Work, Confinement>>();

/** Takes a role until the end of the transaction. @returns the function in which nothing can leave it again */
export async function confine(session: Session, role: string, work: Work): Promise<string> {
  const name = nameOf(work, await processOf(session));
  const all = made.get(session) ?? new Map<Work, Confinement>();
  const known = all.get(work);
  // the role owns it, so what ran before as the role may have altered it; or its transaction was rolled back
  if (known?.role === role && known.description === (await describeAs(session, role, name, work))) return name;
  await session.script(await makingOf(session, name, role, work));
  made.set(session, all.set(work, { role, description: await describeAs(session, role, name, work) }));
  return name;
}

/** Makes them beforehand, for a role whose statements run in transactions that are taken back. */
export async function confineAhead(session: Session, role: string): Promise<void> {
  const missing = works.filter((work) => made.get(session)?.get(work)?.role !== role);
  if (missing.length === 0) return;
  await session.transaction(async () => {
    for (const work of missing) await confine(session, role, work);
  });
}

/** Drops the functions that confined the last role. */
export async function endConfinement(session: Session): Promise<void> {
  const known = made.get(session);
  if (!known) return;
  made.delete(session);
  const pid = await processOf(session);
  const drops = [...known].map(
    ([work, { role }]) =>
      `set role ${identifier(role)}; drop function if exists ${nameOf(work, pid)}(${takes[work]}); reset role`,
  );
  await session.script(drops.join('; '));
}

/** Drops what sessions left that are gone: what fails or is killed drops nothing, and checks would find it. */
export async function dropLeftovers(session: Session): Promise<void> {
  const { rows } = await session.query<{ call: string }>(
    `select function.oid::pg_catalog.regprocedure::text as call
     from pg_catalog.pg_proc as function
     where function.pronamespace = $1::pg_catalog.regnamespace and function.proname ~ '^drydock_(run|rows)_[0-9]+$'
       and not exists (
         select from pg_catalog.pg_stat_activity as activity
         where activity.pid = substring(function.proname from '[0-9]+$')::bigint
       )`,
    [extensionsSchema],
  );
  if (rows.length > 0) await session.query(`drop function if exists ${rows.map(({ call }) => call).join(', ')}`);
}

const processes = new WeakMap<Session, number>();

/** The server's process that serves a session; a pooler between tells another number at the login. */
async function processOf(session: Session): Promise<number> {
  const known = processes.get(session);
  if (known !== undefined) return known;
  const { pid } = await session.row<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  processes.set(session, pid);
  return pid;
}

/** Every role of the contract may use the schema; the name is the session's own. */
function nameOf(work: Work, pid: number): string {
  return qualified(extensionsSchema, `drydock_${work}_${pid}`);
}

/** Takes the role, and asks; in one message, since every file comes by here. Operators by their whole names: a file may have put its own first. */
async function describeAs(session: Session, role: string, name: string, work: Work): Promise<string | null> {
  const answers = await session.script(
    `set local role ${identifier(role)};
     select row(pg_catalog.pg_get_userbyid(proowner), pg_catalog.pg_get_functiondef(oid))::text as description
     from pg_catalog.pg_proc where oid operator(pg_catalog.=) pg_catalog.to_regprocedure(${literal(`${name}(${takes[work]})`)})`,
  );
  return (answers[1]!.rows[0]?.['description'] ?? null) as string | null;
}

const read = new Map<Work, Promise<string>>();

async function makingOf(session: Session, name: string, role: string, work: Work): Promise<string> {
  const file =
    read.get(work) ??
    readSqlFile(builtinRoot, join(builtinSql, 'contract', `confined_${work}.sql`)).then(({ text }) => text);
  read.set(work, file);
  const values = { name, session: String(await processOf(session)) };
  const [call, superuser] = [`${name}(${takes[work]})`, await isSuperuser(session)];
  const making = [
    (await file).replace(/:(name|session)\b/g, (_whole, key: keyof typeof values) => values[key]),
    `revoke all on function ${call} from public`,
    `alter function ${call} owner to ${identifier(role)}`,
  ].join(';\n');
  // not "reset": a role may have been set for the whole session
  return `set local role none;\n${makingFor(role, making, { superuser })}`;
}
