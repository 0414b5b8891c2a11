import { join } from 'node:path';
import { builtinRoot, builtinSql } from '../../ops/builtin.ts';
import { extensionsSchema, makingFor } from '../../ops/contract/index.ts';
import { identifier, isSuperuser, literal, qualified, readSqlFile, type Session } from '../../ops/postgres/index.ts';

/** The functions that confine a role, and how the server describes them. */
interface Confinement {
  readonly role: string;
  readonly description: string;
}

/** How the functions of a session are called: `run` takes statements and counts rows, `rows` takes one and returns them. */
export interface Calls {
  readonly run: string;
  readonly rows: string;
}

/** Made once for a role: for each of five hundred files anew it takes four times as long. */
const made = new WeakMap<Session, Confinement>();

/** Takes a role until the end of the transaction. @returns the functions in which nothing can leave it again */
export async function confine(session: Session, role: string): Promise<Calls> {
  const calls = callsOf(await processOf(session));
  const known = made.get(session);
  // the role owns them, so what ran before as the role may have altered them; or their transaction was rolled back
  if (known?.role === role && known.description === (await describeAs(session, role, calls))) return calls;
  await session.script(await makingOf(session, calls, role));
  made.set(session, { role, description: await describeAs(session, role, calls) });
  return calls;
}

/** Drops the functions that confined the last role. */
export async function endConfinement(session: Session): Promise<void> {
  const known = made.get(session);
  if (!known) return;
  made.delete(session);
  const { run, rows } = callsOf(await processOf(session));
  await session.script(
    `set role ${identifier(known.role)}; drop function if exists ${run}(text[]), ${rows}(text); reset role`,
  );
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

/** Every role of the contract may use the schema; the names are the session's own. */
function callsOf(pid: number): Calls {
  const name = (what: string) => qualified(extensionsSchema, `drydock_${what}_${pid}`);
  return { run: name('run'), rows: name('rows') };
}

/** Takes the role, and asks; in one message, since every file comes by here. */
async function describeAs(session: Session, role: string, { run, rows }: Calls): Promise<string> {
  const described = [`${run}(text[])`, `${rows}(text)`].map(descriptionOf).join(', ');
  const answers = await session.script(`set local role ${identifier(role)}; select array[${described}] as described`);
  return JSON.stringify(answers[1]!.rows[0]!['described']);
}

/** The operator by its whole name: a file may have put one of its own before the server's. */
function descriptionOf(call: string): string {
  return `(select row(pg_catalog.pg_get_userbyid(proowner), pg_catalog.pg_get_functiondef(oid))::text
    from pg_catalog.pg_proc where oid operator(pg_catalog.=) pg_catalog.to_regprocedure(${literal(call)}))`;
}

let read: Promise<string> | undefined;

async function makingOf(session: Session, { run, rows }: Calls, role: string): Promise<string> {
  read ??= readSqlFile(builtinRoot, join(builtinSql, 'contract', 'confined.sql')).then((file) => file.text);
  const values = { run, rows, role: identifier(role), session: String(await processOf(session)) };
  const filled = (await read).replace(placeholder, (_whole, name: keyof typeof values) => values[name]);
  // not "reset": a role may have been set for the whole session
  return `set local role none;\n${makingFor(role, filled, { superuser: await isSuperuser(session) })}`;
}

const placeholder = /:(run|rows|role|session)\b/g;
