import { randomBytes, timingSafeEqual } from 'node:crypto';
import { DrydockError } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';

/** A browser that has shown a token. */
export interface BrowserSession {
  readonly tokenId: string;
  /** In every form; another site cannot know it. */
  readonly csrf: string;
  /** What came of the last form, to be said once. */
  flash: string | undefined;
}

const mostSessions = 1_000;

/** Browsers signed in, in memory: they end with the console, and with their token. */
export class BrowserSessions {
  readonly #sessions = new Map<string, BrowserSession>();

  /** @returns the value of the cookie */
  open(tokenId: string): string {
    const cookie = randomBytes(32).toString('base64url');
    const oldest = this.#sessions.keys().next().value;
    if (oldest !== undefined && this.#sessions.size >= mostSessions) this.#sessions.delete(oldest);
    this.#sessions.set(sha256(cookie), { tokenId, csrf: randomBytes(24).toString('base64url'), flash: undefined });
    return cookie;
  }

  find(cookie: string): BrowserSession | undefined {
    return this.#sessions.get(sha256(cookie));
  }

  close(cookie: string): void {
    this.#sessions.delete(sha256(cookie));
  }
}

/** Cookies know no ports: consoles beside each other have one each. Where there is TLS, no neighbouring name can set it. */
export function cookieNameAt(origin: string): string {
  const { protocol, port } = new URL(origin);
  return protocol === 'https:' ? '__Host-drydock_console' : `drydock_console_${port || '80'}`;
}

/** @param from the header Origin, which browsers send with whatever is no reading @throws CONSOLE_CSRF */
export function requireOwnSite(origin: string, from: string | undefined): void {
  if (from === undefined || from === new URL(origin).origin) return;
  throw new DrydockError('CONSOLE_CSRF', 'This was sent from another site.', {
    hint: `Open ${origin} and repeat it there.`,
  });
}

/** @throws CONSOLE_CSRF when a form was not one of ours */
export function requireCsrf({ csrf }: BrowserSession, given: string | undefined): void {
  const isOurs =
    given !== undefined &&
    given.length === csrf.length &&
    timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(csrf)));
  if (isOurs) return;
  throw new DrydockError('CONSOLE_CSRF', 'This form did not come from this console, or from an older session.', {
    hint: 'Open the page again and repeat it there.',
  });
}
