import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf, DrydockError } from '../../ops/errors.ts';
import { sha256 } from '../../ops/evidence.ts';
import { lock } from '../../ops/lock.ts';

/** What is kept of a token: enough to know it again, not enough to use it. */
export interface TokenEntry {
  readonly id: string;
  /** Of the whole token. 256 random bits need no slow hash. */
  readonly sha256: string;
  readonly agent: string;
  /** Narrows what the agent's role is entitled to; null for all of it. */
  readonly entitlements: readonly string[] | null;
  /** Narrows the agent's workspaces; null for all of them. */
  readonly workspaces: readonly string[] | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
}

export interface TokenOrder {
  readonly agent: string;
  readonly entitlements: readonly string[] | null;
  readonly workspaces: readonly string[] | null;
  readonly ttlMs: number;
  readonly by: string;
  readonly now: Date;
}

/** The tokens of a console, in a file that only its owner can read. */
export class TokenBook {
  readonly #file: string;
  #read: { stamp: string; entries: ReadonlyMap<string, TokenEntry> } | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** @returns the token, which is nowhere afterwards, and what is kept of it */
  async issue({ ttlMs, by, now, ...holder }: TokenOrder): Promise<{ token: string; entry: TokenEntry }> {
    const id = randomBytes(5).toString('hex');
    const token = `drydock_${id}_${randomBytes(32).toString('base64url')}`;
    const entry: TokenEntry = {
      id,
      sha256: sha256(token),
      ...holder,
      createdAt: now.toISOString(),
      createdBy: by,
      expiresAt: new Date(now.getTime() + ttlMs).toISOString(),
      revokedAt: null,
    };
    await this.#change((entries) => [...entries, entry]);
    return { token, entry };
  }

  /** @throws CONSOLE_TOKEN when there is no such token in force */
  async revoke(id: string, now: Date): Promise<void> {
    await this.#change((entries) => {
      if (!entries.some((entry) => entry.id === id && entry.revokedAt === null)) {
        throw new DrydockError('CONSOLE_TOKEN', `There is no token ${id} in force.`, {
          hint: 'See "drydock console tokens" for those that are.',
        });
      }
      return entries.map((entry) => (entry.id === id ? { ...entry, revokedAt: now.toISOString() } : entry));
    });
  }

  async list(): Promise<TokenEntry[]> {
    return [...(await this.#entries()).values()];
  }

  /** @returns undefined for what is no token, or is over */
  async find(token: string, now: Date): Promise<TokenEntry | undefined> {
    const [, id] = /^drydock_([0-9a-f]{10})_[\w-]{43}$/.exec(token) ?? [];
    const entry = id === undefined ? undefined : await this.inForce(id, now);
    return entry && timingSafeEqual(Buffer.from(entry.sha256), Buffer.from(sha256(token))) ? entry : undefined;
  }

  /** For whoever has shown the token before. */
  async inForce(id: string, now: Date): Promise<TokenEntry | undefined> {
    const entry = (await this.#entries()).get(id);
    return entry && entry.revokedAt === null && Date.parse(entry.expiresAt) > now.getTime() ? entry : undefined;
  }

  /** Read again only when the file is another: another process issues and revokes. */
  async #entries(): Promise<ReadonlyMap<string, TokenEntry>> {
    const found = await stat(this.#file, { bigint: true }).catch(orNothing);
    const stamp = found ? `${found.ino} ${found.mtimeNs} ${found.size}` : '';
    if (this.#read?.stamp !== stamp) {
      const entries = found ? (JSON.parse(await readFile(this.#file, 'utf8')) as TokenEntry[]) : [];
      this.#read = { stamp, entries: new Map(entries.map((entry) => [entry.id, entry])) };
    }
    return this.#read.entries;
  }

  async #change(edit: (entries: TokenEntry[]) => TokenEntry[]): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    using _held = await lock(`${this.#file}.lock`);
    const text = JSON.stringify(edit(await this.list()), null, 2);
    await writeFile(`${this.#file}.draft`, `${text}\n`, { mode: 0o600 });
    await rename(`${this.#file}.draft`, this.#file);
  }
}

function orNothing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}
