import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { Session } from '../../../../ops/postgres/index.ts';
import { adminTarget } from '../../../../stage/providers/index.ts';
import type { Report } from '../../../../stage/report.ts';
import { debianBinaries, skipNote, withoutDebian } from '../../../support/debian.ts';
import { temporaryFolder } from '../../../support/home.ts';
import { TestProject } from '../../../support/project.ts';
import { TlsServer } from './tls-server.ts';

const folder = await temporaryFolder();
const example = '../../ops';

afterAll(() => folder[Symbol.asyncDispose]());
afterEach(() => vi.unstubAllEnvs());

describe('drydock run --provider remote', () => {
  test('rehearses on a Postgres 16 over TLS, goes, and gives the server back', async () => {
    await using server = await TlsServer.start('remote-rehearsal-16');
    await rehearse(server, /^16\./);
  });

  test.skipIf(withoutDebian)(`rehearses on a Postgres 15${skipNote}`, async () => {
    await using server = await TlsServer.start('remote-rehearsal-15', await debianBinaries(folder.path));
    await rehearse(server, /^15\./);
  });

  test('rehearses without a superuser, and says what that leaves unproven', async () => {
    await using server = await TlsServer.start('remote-rehearsal-operator-16');
    await rehearseAsOperator(server);
    await closeToPublic(server);
    const { report } = await runOn(operatorUrl(server));
    expect(unprovenIn(report)).toEqual(['rls_active']);
  });

  test.skipIf(withoutDebian)(`rehearses without a superuser on a Postgres 15${skipNote}`, async () => {
    await using server = await TlsServer.start('remote-rehearsal-operator-15', await debianBinaries(folder.path));
    await rehearseAsOperator(server);
  });

  test('rehearses as a superuser of its own beside the one that the server was made with', async () => {
    await using server = await TlsServer.start('remote-rehearsal-second');
    await using session = await Session.open(adminTarget(server.instance, 'postgres'));
    await session.query(`create role "Second in command" superuser login password 'second'`);
    const url = server.url('', { user: 'Second%20in%20command', password: 'second' });
    const { code, report } = await runOn(url);
    expect(report.gates.flatMap(({ findings }) => findings)).toEqual([]);
    expect(code).toBe(0);
  });

  test('cleans up and says so when it is cancelled', async () => {
    await using server = await TlsServer.start('remote-rehearsal-cancelled');
    await using project = await TestProject.copy(folder.path);
    vi.stubEnv('DRYDOCK_REMOTE_URL', server.url());
    const running = project.start('run', '--provider', 'remote', '--config', 'drydock.yaml');
    await vi.waitUntil(async () => (await rolesOn(server)).includes('drydock_claim'), { timeout: 10_000, interval: 2 });
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(130);
    expect(await rolesOn(server)).toEqual([server.instance.admin]);
  });

  test('stays under a keeper with up, for single steps over TLS, and is given back by down', async () => {
    await using server = await TlsServer.start('remote-rehearsal-kept');
    await using project = await TestProject.copy(folder.path);
    vi.stubEnv('DRYDOCK_REMOTE_URL', server.url());
    expect(await project.drydock('up', '--provider', 'remote')).toMatchObject({ code: 0 });
    expect(await project.drydock('apply')).toMatchObject({ code: 0 });
    expect(await project.drydock('down')).toMatchObject({ code: 0 });
    expect(await rolesOn(server)).toEqual([server.instance.admin]);
  });

  test('lends a staging that takes nobody without TLS: the variables of the lease say so', async () => {
    await using server = await TlsServer.start('remote-rehearsal-lent');
    await server.requireTls();
    await using project = await TestProject.copy(folder.path);
    vi.stubEnv('DRYDOCK_REMOTE_URL', server.url());
    for (const command of [['up', '--provider', 'remote'], ['apply'], ['backfill']]) {
      expect(await project.drydock(...command)).toMatchObject({ code: 0 });
    }
    const { stdout } = await project.drydock('handoff', '--no-attack', '--json');
    const { environment } = JSON.parse(stdout) as { environment: Record<string, string> };
    expect(environment).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: server.caFile });
    expect(await project.with(environment).drydock('check')).toMatchObject({ code: 0 });
    const { stderr } = await project.with({ ...environment, PGSSLMODE: 'disable' }).drydock('check');
    expect(stderr).toContain('CONNECT_');
    expect(await project.drydock('down')).toMatchObject({ code: 0 });
  });

  test('is a usage error without its URL, and with a provider that there is not', async () => {
    await using project = await TestProject.copy(folder.path);
    const unset = await project.drydock('run', '--provider', 'remote');
    expect(unset).toMatchObject({ code: 2, stderr: expect.stringContaining('DRYDOCK_REMOTE_URL is not set') });
    const unknown = await project.drydock('run', '--provider', 'podman');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('There is no provider "podman"') });
  });

  test('is blocked, and says where, when nobody answers', async () => {
    await using project = await TestProject.copy(folder.path);
    vi.stubEnv('DRYDOCK_REMOTE_URL', 'postgres://u:p@127.0.0.1:1/?sslmode=disable');
    const { code, stdout, stderr } = await project.drydock('run', '--provider', 'remote');
    expect(code).toBe(1);
    expect(stdout + stderr).toContain('Cannot reach Postgres at 127.0.0.1:1: ECONNREFUSED');
  });
});

async function rehearse(server: TlsServer, version: RegExp): Promise<void> {
  const before = await rolesOn(server);
  const { code, report } = await runOn(server.url());
  expect(report).toMatchObject({ outcome: 'go', provider: 'remote', serverVersion: expect.stringMatching(version) });
  expect(code).toBe(0);
  expect(await rolesOn(server)).toEqual(before);
}

const operatorUrl = (server: TlsServer) => server.url('', { user: 'operator', password: 'operator' });

/** What a managed server gives: a login that may make databases and roles. */
async function rehearseAsOperator(server: TlsServer): Promise<void> {
  await using session = await Session.open(adminTarget(server.instance, 'postgres'));
  await session.query(`create role operator login createdb createrole password 'operator'`);
  const before = await rolesOn(server);
  const { code, report } = await runOn(operatorUrl(server), example);
  expect(report.gates.flatMap(({ findings }) => findings)).toEqual([]);
  expect(unprovenIn(report)).toEqual(['rls_active', 'boundary_isolated']);
  const reasons = report.gates.flatMap((gate) => (gate.required ? gate.reasons : []));
  expect(reasons).toEqual([
    expect.stringMatching(/^check\/rls_by_default: .* a superuser has to make it/),
    expect.stringMatching(/^bootstrap\/other-databases: everybody may open postgres, template1/),
  ]);
  expect(report.measurements).toContainEqual(
    expect.objectContaining({ id: 'check/member_sees_own_company', verdict: 'go' }),
  );
  expect(code).toBe(4);
  expect(await rolesOn(server)).toEqual(before);
}

function unprovenIn({ gates }: Report): string[] {
  return gates.filter(({ required, verdict }) => required && verdict === 'unproven').map(({ id }) => id);
}

async function closeToPublic(server: TlsServer): Promise<void> {
  await using session = await Session.open(adminTarget(server.instance, 'postgres'));
  await session.query('revoke all on database postgres, template1 from public');
  await session.query('grant connect on database postgres, template1 to operator');
}

async function runOn(url: string, fixture = 'tiny'): Promise<{ code: number | undefined; report: Report }> {
  await using project = await TestProject.copy(folder.path, fixture);
  vi.stubEnv('DRYDOCK_REMOTE_URL', url);
  const { code, stdout } = await project.drydock('run', '--provider', 'remote', '--json');
  return { code, report: JSON.parse(stdout) as Report };
}

async function rolesOn(server: TlsServer): Promise<string[]> {
  await using session = await Session.open(adminTarget(server.instance, 'postgres'));
  const { rows } = await session.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname !~ '^pg_' order by rolname`,
  );
  return rows.map(({ rolname }) => rolname);
}
