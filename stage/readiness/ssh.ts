import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { DrydockError } from '../../ops/errors.ts';

/** Keeps a signature made for something else from passing here. */
const namespace = 'drydock-sign-off';

/**
 * Signs text with an SSH key, as `ssh-keygen -Y sign` does.
 * @param key a private key, or a public one whose private key an agent holds
 * @throws SIGN_KEY
 */
export async function signText(text: string, key: string): Promise<string> {
  const { failed, stdout, stderr } = await keygen(['-Y', 'sign', '-q', '-n', namespace, '-f', key], text);
  if (!failed) return `${stdout}\n`;
  throw new DrydockError('SIGN_KEY', `Cannot sign with ${key}: ${lastLine(stderr)}.`, {
    hint: 'Name a private key with --key; make one with "ssh-keygen -t ed25519".',
  });
}

/** Why a signature is not of `name`; null when it is. */
export async function whyNotSignedBy(
  name: string,
  text: string,
  signature: string,
  signers: string,
): Promise<string | null> {
  return withFile(signature, async (file) => {
    const args = ['-Y', 'verify', '-f', signers, '-I', name, '-n', namespace, '-s', file];
    const { failed, stdout, stderr } = await keygen(args, text);
    return failed ? lastLine(stderr || stdout) || 'the signature does not fit' : null;
  });
}

/** Every name that the key of a signature belongs to: two of them are one person. */
export async function holdersOf(signature: string, signers: string): Promise<string[]> {
  return withFile(signature, async (file) => {
    const { failed, stdout } = await keygen(['-Y', 'find-principals', '-f', signers, '-s', file], '');
    return failed ? [] : stdout.split('\n').flatMap((line) => line.split(',').map((name) => name.trim()));
  });
}

function keygen(args: string[], input: string) {
  return execa('ssh-keygen', args, { input, reject: false, env: { LC_ALL: 'C' } }).then((result) => {
    if ((result as { code?: string }).code !== 'ENOENT') return result;
    throw new DrydockError('SIGN_KEYGEN_MISSING', 'Sign-offs need ssh-keygen, and it is not on the PATH.', {
      hint: 'Install the OpenSSH client: on Debian "apt-get install openssh-client".',
    });
  });
}

/** ssh-keygen reads a signature from a file only. */
async function withFile<T>(content: string, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-signature-'));
  try {
    const file = join(folder, 'signature');
    await writeFile(file, content, { mode: 0o600 });
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').replace(/\.$/, '');
}
