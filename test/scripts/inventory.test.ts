import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../ops/evidence.ts';
import { Session, type Target } from '../../ops/postgres/index.ts';
import { Databases, foreignSchema } from '../audit-log/inventory/support.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';
import { bucketServer, type BucketServer } from '../support/bucket-server.ts';

const cli = join(import.meta.dirname, '../../scripts/drydock.js');
let databases: Databases;
let folder: TemporaryFolder;
beforeAll(async () => {
  databases = await Databases.start();
  folder = await temporaryFolder();
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Runs the command as a user without a project file would. */
async function drydock(args: string[], env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [cli, 'inventory', ...args], {
    cwd: folder.path,
    env: { DRYDOCK_HOME: join(folder.path, 'home'), NO_COLOR: '1', ...env },
    reject: false,
  });
  return { code: exitCode, stdout, stderr };
}

function urlOf({ host, port, user, password, database }: Target): string {
  return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

/** The newest audit of a folder. */
async function auditIn(out: string): Promise<string> {
  const names = await readdir(join(out, 'database_audits'));
  return join(
    out,
    'database_audits',
    names
      .filter((name) => name.startsWith('audit_'))
      .sort()
      .at(-1)!,
  );
}

describe('drydock inventory', () => {
  test('writes JSON, CSV and structure, and last the sha256 of each', async () => {
    const target = await databases.create(`${foreignSchema} create table public."=cmd()" (id integer);`);
    const out = join(folder.path, 'out');
    const { code, stdout } = await drydock(['--url-from', 'AUDITED', '--out', out], { AUDITED: urlOf(target) });
    expect(code).toBe(0);
    expect(stdout).toContain('families with multiple active versions: tier');
    const names = (await readdir(join(out, 'database_audits'))).sort();
    expect(names.map((name) => name.replace(/\d{8}_\d{6}/, 'TIME'))).toEqual([
      'audit_TIME.json',
      'complete_TIME.json',
      'report_TIME.html',
      'structures',
      'tables_summary_TIME.csv',
    ]);
    const marker = JSON.parse(await readFile(join(out, 'database_audits', names[1]!), 'utf8')) as {
      files: { name: string; sha256: string }[];
    };
    expect(marker.files).toHaveLength(4);
    for (const file of marker.files) expect(sha256(await readFile(join(out, file.name)))).toBe(file.sha256);
    const [header, ...lines] = (await readFile(join(out, 'database_audits', names[4]!), 'utf8')).split('\n');
    expect(header).toMatch(/^schema,table,records,columns,has_created_by,.*,created_by_values,owner,/);
    expect(lines).toContainEqual(expect.stringMatching(/^Mixed Case,Order,5,5,False/));
    expect(lines).toContainEqual(expect.stringMatching(/^public,'=cmd\(\),0,1/));
  });

  test('compares two audits: 0 when nothing changed, 3 with what did', async () => {
    const target = await databases.create(foreignSchema);
    const env = { DATABASE_URL: urlOf(target) };
    const [before, after] = [join(folder.path, 'before'), join(folder.path, 'after')];
    await drydock(['--out', before], env);
    await using session = await Session.open(target);
    await session.query('alter table public.version add column note text');
    await drydock(['--out', after], env);
    expect(await drydock(['diff', await auditIn(before), await auditIn(before)])).toMatchObject({ code: 0 });
    const { code, stdout } = await drydock(['diff', await auditIn(before), await auditIn(after)]);
    expect(code).toBe(3);
    expect(stdout).toBe('+ column public.version.note');
  });

  test('puts the same files into a bucket', async () => {
    await using server: BucketServer = await bucketServer('audits');
    const target = await databases.create(foreignSchema);
    const { code, stdout, stderr } = await drydock(['--out', 's3://audits/nightly/', '--json'], {
      DATABASE_URL: urlOf(target),
      ...server.env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { reports, structure_sha256 } = JSON.parse(stdout) as {
      reports: Record<string, string>;
      structure_sha256: string;
    };
    expect(reports['structure_json']).toBe(`s3://audits/nightly/database_audits/structures/${structure_sha256}.json`);
    for (const place of Object.values(reports)) {
      expect((await server.object(place.replace('s3://audits/', ''))).length).toBeGreaterThan(100);
    }
    expect(sha256(await server.object(reports['structure_json']!.replace('s3://audits/', '')))).toBe(structure_sha256);
  });

  test('says which bucket refused, and does not call it done', async () => {
    await using server: BucketServer = await bucketServer('audits');
    const target = await databases.create(foreignSchema);
    const { code, stdout, stderr } = await drydock(['--out', 's3://elsewhere'], {
      DATABASE_URL: urlOf(target),
      ...server.env,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('INVENTORY_WRITE: S3 did not accept s3://elsewhere/database_audits/structures/');
  });

  test.each([
    [['--url-from', 'NOWHERE'], 'USAGE_URL', 2],
    [['--budget', 'soon'], 'USAGE_DURATION', 2],
    [['--out', 's3://UPPER'], 'USAGE_S3', 2],
    [['compare', 'a', 'b'], 'USAGE_INVENTORY', 2],
    [['diff', 'package.json', 'gone.json'], 'INVENTORY_FILE', 1],
  ])('refuses %j with %s', async (args, error, expected) => {
    const env = { DATABASE_URL: 'postgres://somebody:very-secret-word@127.0.0.1:1/nothing' };
    const { code, stderr } = await drydock(args, env);
    expect(stderr).toContain(`${error}: `);
    expect(stderr).not.toContain('very-secret-word');
    expect(code).toBe(expected);
  });

  test('says that nothing listens, without the password', async () => {
    const { code, stderr } = await drydock([], { DATABASE_URL: 'postgres://me:very-secret-word@127.0.0.1:1/nothing' });
    expect(stderr).toContain('CONNECT_FAILED: Cannot reach Postgres at 127.0.0.1:1: ECONNREFUSED.');
    expect(stderr).not.toContain('very-secret-word');
    expect(code).toBe(1);
  });

  test('does not compare an audit that somebody edited', async () => {
    const out = join(folder.path, 'edited');
    await mkdir(out);
    await drydock(['--out', out], { DATABASE_URL: urlOf(await databases.create(foreignSchema)) });
    const file = await auditIn(out);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"is_nullable": false', '"is_nullable": true'));
    const { code, stderr } = await drydock(['diff', file, file]);
    expect(stderr).toContain('its structure is not the one that its sha256 names');
    expect(code).toBe(1);
  });
});
