import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { codeOf } from '../errors.ts';

/** How far a server has to prove who it is: by certificate and name, by certificate, or not at all. */
export interface Tls {
  readonly verify: 'full' | 'ca' | 'none';
  /** The certificates to trust, as PEM; without it those that Node trusts. */
  readonly ca?: string;
  /** The file that they were read from, for clients that want to be told one. */
  readonly caFile?: string;
}

const loopback = new Set(['localhost', '127.0.0.1', '::1']);
const verifications: Record<string, Tls['verify'] | undefined> = {
  'verify-full': 'full',
  'verify-ca': 'ca',
  require: 'none',
};

/** How connections to a host are made when nobody says it: in the open on this machine, else proven. */
export function unsaidMode(host: string): string {
  return loopback.has(host) ? 'disable' : 'verify-full';
}

/**
 * What libpq's `sslmode` and `sslrootcert` say; the modes that fall back to plain text without a word are refused.
 * @param wrong makes the error of a sentence without its subject
 */
export function tlsFrom(
  mode: string,
  rootCertificate: string | undefined,
  wrong: (what: string) => Error,
): Tls | undefined {
  if (mode === 'disable') return undefined;
  const verify = verifications[mode];
  if (!verify) throw wrong(`has sslmode=${mode}; known are ${Object.keys(verifications).join(', ')} and disable`);
  if (!rootCertificate) return { verify };
  return { verify, ca: readCertificates(rootCertificate, wrong), caFile: resolve(rootCertificate) };
}

/** libpq's word for it. */
export function modeOf(tls: Tls | undefined): string {
  return Object.keys(verifications).find((mode) => verifications[mode] === tls?.verify) ?? 'disable';
}

/** As Node wants it said. The name to be proven is the host's, which pg hands over. */
export function tlsOptions({ verify, ca }: Tls): ConnectionOptions {
  return {
    rejectUnauthorized: verify !== 'none',
    ...(ca && { ca }),
    ...(verify === 'ca' && { checkServerIdentity: () => undefined }),
  };
}

function readCertificates(file: string, wrong: (what: string) => Error): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(`names the certificate file ${file}, which cannot be read: ${codeOf(error)}`);
  }
  // with no certificate in it Node would trust nobody, and say only that the issuer is unknown
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw wrong(`names ${file}, which holds no PEM certificate`);
  return text;
}
