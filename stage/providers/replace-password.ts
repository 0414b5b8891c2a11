import { randomBytes } from 'node:crypto';
import { identifier, literal, scramVerifier, type Session } from '../../ops/postgres/index.ts';

/**
 * Gives the administrator of a new server a password that nobody has seen, not even the server: it gets a verifier.
 * The one it was made with, which stands in a template or in a container's settings, is worth nothing afterwards.
 */
export async function replacePassword(session: Session): Promise<{ adminPassword: string; serverVersion: string }> {
  const adminPassword = randomBytes(24).toString('base64url');
  await session.query(
    `alter role ${identifier(session.target.user)} password ${literal(scramVerifier(adminPassword))}`,
  );
  const { server_version } = await session.row<{ server_version: string }>('show server_version');
  return { adminPassword, serverVersion: server_version };
}
