import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/**
 * What Postgres stores instead of a password, computed here so that the server never sees the password itself.
 * Form of RFC 5803: `SCRAM-SHA-256$iterations:salt$storedKey:serverKey`.
 * @param password compared byte for byte, so printable ASCII only: other text would need SASLprep
 * @param options.iterations of PBKDF2; 4096 is what Postgres itself uses
 * @param options.salt 16 random bytes unless given
 */
export function scramVerifier(password: string, options: { iterations?: number; salt?: Uint8Array } = {}): string {
  const { iterations = 4096, salt = randomBytes(16) } = options;
  if (!/^[\x20-\x7e]+$/.test(password)) throw new RangeError('A SCRAM password must be printable ASCII.');
  const saltedPassword = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(saltedPassword, 'Client Key')).digest('base64');
  const serverKey = hmac(saltedPassword, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
