import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { scramVerifier } from '../../../ops/postgres/index.ts';

// RFC 7677 section 3: user "user", password "pencil".
const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const authMessage =
  'n=user,r=rOprNGfwEbeRWgbNEkqO,' +
  'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,' +
  'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const clientProof = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
const serverSignature = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

test('accepts the client of RFC 7677 and signs as its server does', () => {
  const { storedKey, serverKey } = keysOf(scramVerifier('pencil', { salt, iterations: 4096 }));
  const clientSignature = hmac(storedKey, authMessage);
  const clientKey = Buffer.from(clientProof, 'base64').map((byte, index) => byte ^ clientSignature[index]!);
  expect(createHash('sha256').update(clientKey).digest()).toEqual(storedKey);
  expect(hmac(serverKey, authMessage).toString('base64')).toBe(serverSignature);
});

test('has the form that Postgres keeps in pg_authid', () => {
  const verifier = scramVerifier('pencil', { salt });
  expect(verifier).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==' +
      '$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

test('salts every verifier afresh', () => {
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'));
});

test('refuses a password that a client would normalise before hashing', () => {
  expect(() => scramVerifier('grüße')).toThrow('printable ASCII');
});

function keysOf(verifier: string): { storedKey: Buffer; serverKey: Buffer } {
  const [storedKey, serverKey] = verifier.split(/[$:]/).slice(3);
  return { storedKey: Buffer.from(storedKey!, 'base64'), serverKey: Buffer.from(serverKey!, 'base64') };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
