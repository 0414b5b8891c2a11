import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { fingerprint } from './proof/index.ts';

/** The secrets of a record, which must be neither in its database nor in a backup of it. */
export interface Keys {
  readonly sign: KeyObject;
  /** PEM. */
  readonly publicKey: string;
  /** Fingerprint of the public key. */
  readonly name: string;
  /** Encrypts the keys of persons. */
  readonly master: Buffer;
  readonly masterName: string;
}

const files = { sign: 'seal.key', public: 'seal.pub', master: 'master.key' };

/** Makes the keys of a folder. @throws RECORDS_KEYS_PRESENT when there are some: making them anew would orphan every seal */
export function makeKeys(folder: string): Keys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  write(folder, files.sign, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  write(folder, files.public, publicKey.export({ type: 'spki', format: 'pem' }).toString());
  write(folder, files.master, `${randomBytes(32).toString('hex')}\n`);
  return openKeys(folder);
}

/** @throws RECORDS_KEYS_MISSING, RECORDS_KEYS_OPEN when others may read them */
export function openKeys(folder: string): Keys {
  const sign = createPrivateKey(secret(folder, files.sign));
  const publicKey = createPublicKey(sign);
  const master = Buffer.from(secret(folder, files.master).trim(), 'hex');
  return {
    sign,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    name: fingerprint(publicKey),
    master,
    masterName: nameOf(master),
  };
}

/** The public key alone: what a verifier needs. */
export function openPublicKey(path: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, files.public) : path;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw missing(file, error);
  }
}

function secret(folder: string, name: string): string {
  const path = join(folder, name);
  try {
    if ((statSync(path).mode & 0o077) !== 0)
      throw new DrydockError('RECORDS_KEYS_OPEN', `${path} can be read by others.`, { hint: `Run: chmod 600 ${path}` });
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw error instanceof DrydockError ? error : missing(path, error);
  }
}

function missing(path: string, cause: unknown): DrydockError {
  return new DrydockError('RECORDS_KEYS_MISSING', `There is no key at ${path}.`, {
    hint: 'Run `drydock records keys` once, or name their folder with --keys.',
    cause,
  });
}

function write(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  try {
    writeFileSync(path, content, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new DrydockError('RECORDS_KEYS_PRESENT', `${path} is there already.`, {
      hint: 'Keep it: what was sealed or encrypted with it needs it. Name another folder with --keys for another record.',
      cause: error,
    });
  }
}

/** A name that says nothing about the key. */
function nameOf(master: Buffer): string {
  return createHmac('sha256', master).update('name of a master key').digest('hex').slice(0, 16);
}
