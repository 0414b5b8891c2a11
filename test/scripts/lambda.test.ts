import { execFileSync } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../ops/evidence.ts';
import type { Target } from '../../ops/postgres/index.ts';
import { Databases, foreignSchema } from '../audit-log/inventory/support.ts';
import { bucketServer, type BucketServer } from '../support/bucket-server.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/home.ts';
import { LambdaRuntime } from '../support/lambda-runtime.ts';
import { secretServer } from '../support/secret-server.ts';
import { tinyFile } from '../support/staging.ts';

const root = join(import.meta.dirname, '../..');
let databases: Databases;
let bucket: BucketServer;
let folder: TemporaryFolder;
let taskRoot: string;
let target: Target;

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'scripts/bundle.ts'), 'lambda']); // fails past its limit of 5 MB
  [databases, bucket, folder] = await Promise.all([Databases.start(), bucketServer('audits'), temporaryFolder()]);
  taskRoot = join(folder.path, 'task'); // where no node_modules of ours can be found
  await cp(join(root, 'dist/lambda'), taskRoot, { recursive: true });
  target = await databases.create(foreignSchema);
});
afterAll(async () => {
  await databases[Symbol.asyncDispose]();
  await bucket[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function urlOf({ host, port, user, password, database }: Target): string {
  return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

describe('the bundled function', () => {
  test('audits into the bucket of the event, which wins over S3_BUCKET, and leaves a marker with every sha256', async () => {
    const env = { ...bucket.env, DATABASE_URL: urlOf(target), S3_BUCKET: 'elsewhere' };
    await using lambda = await LambdaRuntime.start(taskRoot, env);
    const { outcome, content } = await lambda.invoke({ bucket: 'audits', prefix: 'by-event' });
    expect({ outcome, statusCode: content['statusCode'] }).toEqual({ outcome: 'response', statusCode: 200 });
    const body = JSON.parse(String(content['body'])) as {
      database: string;
      summary: Record<string, unknown>;
      reports: Record<'detailed_json' | 'complete', string>;
    };
    expect(body).toMatchObject({ database: target.database, summary: { total_tables: 7, version_families: 3 } });
    expect(body.reports.detailed_json).toMatch(/^s3:\/\/audits\/by-event\/database_audits\/audit_\d{8}_\d{6}\.json$/);
    const keyOf = (place: string) => place.replace('s3://audits/', '');
    const marker = JSON.parse(String(await bucket.object(keyOf(body.reports.complete)))) as {
      files: { name: string; sha256: string }[];
    };
    expect(marker.files.length).toBeGreaterThanOrEqual(3);
    for (const file of marker.files) {
      expect(sha256(await bucket.object(`by-event/${file.name}`))).toBe(file.sha256);
    }
    expect(lambda.log).toContain(`audited ${target.database} in `);
    expect(lambda.log).not.toContain(target.password);
  });

  test('takes its login from a secret as RDS writes it, and from one that is a URL', async () => {
    const { host, port, user: username, password, database } = target;
    await using secrets = await secretServer({
      rds: JSON.stringify({ engine: 'postgres', username, password, host, port }),
      url: urlOf(target),
    });
    const env = { ...bucket.env, S3_BUCKET: 'audits', AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint };
    for (const arn of ['rds', 'url']) {
      const login = { DATABASE_SECRET_ARN: arn, DB_NAME: database, S3_PREFIX: arn };
      await using lambda = await LambdaRuntime.start(taskRoot, { ...env, ...login });
      const { outcome, content } = await lambda.invoke({});
      expect(outcome).toBe('response');
      expect(content['body']).toContain(`s3://audits/${arn}/database_audits/`);
    }
  });

  test('raises what went wrong, so that an alarm hears it, never with a password; the next invocation finds it well', async () => {
    const env = { ...bucket.env, DATABASE_URL: urlOf(target), S3_BUCKET: 'audits', S3_PREFIX: 'again' };
    await using lambda = await LambdaRuntime.start(taskRoot, env);
    const refused = await lambda.invoke({ bucket: 'nowhere' });
    expect(refused).toMatchObject({ outcome: 'error', content: { errorType: 'INVENTORY_WRITE' } });
    expect(await lambda.invoke({ schemas: 'not there' })).toMatchObject({
      outcome: 'error',
      content: { errorType: 'INVENTORY_SCHEMA' },
    });
    expect(await lambda.invoke({ bucket: 'UPPER' })).toMatchObject({ content: { errorType: 'USAGE_S3' } });
    expect(await lambda.invoke(null)).toMatchObject({ outcome: 'response' });
    expect(lambda.log + JSON.stringify(refused)).not.toContain(target.password);
  });

  test.each([
    ['no login at all', {}, 'USAGE_URL'],
    ['a secret that is not there', { DATABASE_SECRET_ARN: 'gone' }, 'SECRET_UNREADABLE'],
    ['a secret that is broken JSON', { DATABASE_SECRET_ARN: 'broken' }, 'USAGE_URL'],
    ['a secret without an address', { DATABASE_SECRET_ARN: 'half' }, 'USAGE_URL'],
    ['a password that is refused', { DATABASE_SECRET_ARN: 'stale' }, 'CONNECT_REFUSED'],
  ])('raises with %s', async (_what, login, errorType) => {
    await using secrets = await secretServer({
      broken: '{"password": "very-secret-word"',
      half: '{"username": "me", "password": "very-secret-word"}',
      stale: urlOf({ ...target, password: 'very-secret-word' }),
    });
    const env = { ...bucket.env, S3_BUCKET: 'audits', AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint };
    await using lambda = await LambdaRuntime.start(taskRoot, { ...env, ...login });
    const answer = await lambda.invoke({});
    expect(answer).toMatchObject({ outcome: 'error', content: { errorType } });
    expect(lambda.log + JSON.stringify(answer)).not.toContain('very-secret-word');
  });

  test('raises for seeds that are missing, after it wrote which', async () => {
    const project = await readFile(tinyFile, 'utf8');
    const seeds = 'inventory: { seeds: { public.version_family: { exact: 3 }, public.absent: { atLeast: 1 } } }\n';
    await writeFile(join(taskRoot, 'drydock.yaml'), `${project}\n${seeds}`);
    const env = { ...bucket.env, DATABASE_URL: urlOf(target), S3_BUCKET: 'audits', DRYDOCK_CONFIG: 'drydock.yaml' };
    await using lambda = await LambdaRuntime.start(taskRoot, env);
    const { outcome, content } = await lambda.invoke({ prefix: 'seeds' });
    expect({ outcome, errorType: content['errorType'] }).toEqual({ outcome: 'error', errorType: 'INVENTORY_SEEDS' });
    const [, key = ''] = /s3:\/\/audits\/(\S+\.json)/.exec(String(content['errorMessage'])) ?? [];
    expect(String(await bucket.object(key))).toContain('there is no such table');
  });
});
