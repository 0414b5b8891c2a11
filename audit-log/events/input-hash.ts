import { createHmac } from 'node:crypto';

/** A secret with a name, so that it can be changed without making older hashes unreadable. */
export interface HashKey {
  readonly id: string;
  readonly secret: string;
}

/** Marks equal inputs as equal. Keyed, because the plain hash of a short input can be guessed. */
export function hashInput(input: string | Uint8Array, { id, secret }: HashKey): string {
  return `hmac-sha256:${id}:${createHmac('sha256', secret).update(input).digest('hex')}`;
}
