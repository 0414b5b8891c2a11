import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { execa } from 'execa';
import type { Project } from '../../ops/config/index.ts';
import { DrydockError } from '../../ops/errors.ts';
import { sha256OfFile } from '../../ops/evidence.ts';
import { modeOf, type Session, type Target } from '../../ops/postgres/index.ts';
import { measured } from '../measurement.ts';
import { findTool, type Tool } from '../backup-tool.ts';
import type { Phase, PromotionContext } from './context.ts';
import type { Backup } from './promotion.ts';

/** Makes or verifies what the target can be put back to. */
export const backup: Phase = {
  name: 'backup',
  title: 'Back up the target',

  async run(context) {
    const { project } = context.order;
    const settings = project.config.promotion.backup;
    const made =
      'external' in settings
        ? await external(project, settings)
        : await dump(context, resolve(project.root, settings.folder));
    context.backup = typeof made === 'string' ? null : made;
    context.measurements.push(
      measured({
        id: 'promotion/backup',
        title: 'There is a backup that can be read back',
        examined: 1,
        violations: context.backup ? 0 : 1,
        findings: context.backup
          ? []
          : [{ level: 'error', object: 'backup', detail: String(made), remedy: wayOut(context.serverMajor) }],
      }),
    );
    return context.backup ? inWords(context.backup) : String(made);
  },
};

/** @returns the backup, or why there is none */
async function dump(context: PromotionContext, folder: string): Promise<Backup | string> {
  const { order, serverMajor, promotionId } = context;
  const tool = await findTool(order.binaryFolders, serverMajor);
  if (typeof tool === 'string') return tool;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${order.targetName}-${promotionId}.dump`);
  await dumpTo(file, tool, order.target, order.signal);
  const list = await execa(tool.restore, ['--list', file], { reject: false });
  if (list.failed) return `pg_restore cannot read ${file}: ${String(list.stderr).trim().split('\n').at(-1)}`;
  const entries = list.stdout.split('\n').filter((line) => /^\d+;/.test(line));
  const tables = entries.filter((line) => / TABLE (?!DATA|ATTACH)/.test(line)).length;
  const there = await tablesOf(context.session);
  if (tables < there) return `${file} holds ${tables} tables, and the target has ${there}`;
  const { size: bytes } = await stat(file);
  return {
    kind: 'dump',
    file,
    bytes,
    sha256: await sha256OfFile(file),
    entries: entries.length,
    tool: `pg_dump ${tool.version}`,
  };
}

async function tablesOf(session: Session): Promise<number> {
  const { tables } = await session.row<{ tables: number }>(
    `select count(*) as tables from pg_catalog.pg_class
     where relkind in ('r', 'p') and relpersistence <> 't' -- r: table, p: partitioned; t: temporary
       and relnamespace::regnamespace::text !~ '^(pg_|information_schema$)'
       and not exists (select from pg_catalog.pg_depend where objid = pg_class.oid and deptype = 'e') -- e: an extension's`,
  );
  return tables;
}

/** It is on disk, not in a cache, before anything is changed. */
async function dumpTo(file: string, tool: Tool, target: Target, signal: AbortSignal): Promise<void> {
  // pg_dump knows neither the authorities that Node trusts nor a certificate that is no file
  const authorities = `${file}.authorities.pem`;
  if (target.tls) await writeFile(authorities, target.tls.ca ?? rootCertificates.join('\n'), { mode: 0o600 });
  const database = conninfo(target, authorities);
  const args = ['--format=custom', '--no-password', '--lock-wait-timeout=10s', '--dbname', database];
  try {
    await execa(tool.dump, args, {
      stdout: { file },
      env: { PGPASSWORD: target.password, PGAPPNAME: 'drydock backup' },
      cancelSignal: signal,
    });
  } catch (error) {
    const { stderr, shortMessage } = error as { stderr?: string; shortMessage?: string };
    throw new DrydockError('PROMOTE_BACKUP', `pg_dump did not end well: ${stderr?.trim() || shortMessage}`, {
      hint: 'Mend what it says; nothing was changed on the target.',
      cause: error,
    });
  } finally {
    await rm(authorities, { force: true });
  }
  const handle = await open(file, 'r+');
  await handle.sync();
  await handle.close();
}

/** In libpq's words, with everything but the password. */
function conninfo({ host, port, user, database, tls }: Target, authorities: string): string {
  const quoted = (value: string | number) => `'${String(value).replace(/[\\']/g, '\\$&')}'`;
  const verified = tls && tls.verify !== 'none' && { sslrootcert: authorities };
  const words = { host, port, user, dbname: database, sslmode: modeOf(tls), ...verified };
  return Object.entries(words)
    .map(([key, value]) => `${key}=${quoted(value)}`)
    .join(' ');
}

/** A backup that others made is believed when it is the file that they named. */
async function external(project: Project, named: { external: string; sha256: string }): Promise<Backup | string> {
  const file = resolve(project.root, named.external);
  const there = await stat(file).catch(() => undefined);
  if (!there?.isFile()) return `the backup ${file} is not there`;
  const sha256 = await sha256OfFile(file);
  if (sha256 !== named.sha256) return `the backup ${file} is another file than the one named in drydock.yaml`;
  return { kind: 'external', file, bytes: there.size, sha256 };
}

function wayOut(serverMajor: number): string {
  return (
    `Install the client of Postgres ${serverMajor} or newer and name its folder in PG_BIN; or name a backup that was made ` +
    'otherwise as promotion.backup: { external: FILE, sha256: HEX } in drydock.yaml.'
  );
}

function inWords(made: Backup): string {
  const size = `${(made.bytes / 1_000_000).toFixed(1)} MB`;
  return made.kind === 'dump'
    ? `${made.file}, ${made.entries} entries, ${size}, by ${made.tool}`
    : `${made.file}, ${size}, made by others`;
}
