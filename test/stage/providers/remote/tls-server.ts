import { chmod, chown, readFile, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';
import { Session } from '../../../../ops/postgres/index.ts';
import { adminTarget, embeddedProvider, type Instance } from '../../../../stage/providers/index.ts';
import { host, temporaryFolder, testHome, type TemporaryFolder } from '../../../support/home.ts';
import { serverAccount } from '../../../../stage/providers/account.ts';

/** Somebody's Postgres with TLS, its certificate made out to 127.0.0.1 by an authority of its own. */
export class TlsServer implements AsyncDisposable {
  readonly instance: Instance;
  /** The authority's certificate. */
  readonly caFile: string;
  readonly #folder: TemporaryFolder;

  private constructor(instance: Instance, caFile: string, folder: TemporaryFolder) {
    this.instance = instance;
    this.caFile = caFile;
    this.#folder = folder;
  }

  /** @param binaries of another Postgres than the 16 that Drydock brings */
  static async start(name: string, binaries?: { folder: string; version: string }): Promise<TlsServer> {
    const folder = await temporaryFolder();
    const path = (name: string) => join(folder.path, name);
    await makeCertificates(folder.path);
    await handToServer(path('server.key'));
    const settings = { ssl: 'on', ssl_cert_file: path('server.crt'), ssl_key_file: path('server.key') };
    const instance = await embeddedProvider(host, binaries && { binaries }).start({
      runId: `${name}-${randomUUID()}`,
      admin: 'somebody',
      home: testHome,
      settings,
    });
    return new TlsServer(instance, path('ca.crt'), folder);
  }

  /** The URL of the server. @param query such as `sslmode=require`; the authority is always named */
  url(query = '', { at = '127.0.0.1', user = this.instance.admin, password = this.instance.adminPassword } = {}) {
    return `postgres://${user}:${password}@${at}:${this.instance.port}/?sslrootcert=${this.caFile}&${query}`;
  }

  /** From now on nobody is let in over the network in the open. */
  async requireTls(): Promise<void> {
    const file = join(this.instance.dataDirectory!, 'pg_hba.conf');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll(/^host /gm, 'hostssl '));
    await using session = await Session.open({
      ...adminTarget(this.instance, 'postgres'),
      tls: { verify: 'ca', ca: await readFile(this.caFile, 'utf8') },
    });
    await session.query('select pg_catalog.pg_reload_conf()');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.instance.stop();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Makes an authority and a certificate of it for 127.0.0.1, to serve with and to log in with. */
export async function makeCertificates(cwd: string): Promise<void> {
  const openssl = (...args: string[]) => execa('openssl', args, { cwd });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = ['-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=test authority'];
  await openssl('req', '-x509', ...key, ...authority);
  const server = ['-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=test server'];
  await openssl('req', ...key, ...server, '-addext', 'subjectAltName=IP:127.0.0.1');
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-out', 'server.crt'];
  await openssl('x509', '-req', '-in', 'server.csr', '-copy_extensions', 'copy', ...signed);
}

/** Postgres takes a key only from a file that is its own and nobody else's. */
async function handToServer(file: string): Promise<void> {
  const { uid, gid } = await serverAccount(host);
  await chmod(file, 0o600);
  if (host.uid === 0) await chown(file, uid, gid);
}
