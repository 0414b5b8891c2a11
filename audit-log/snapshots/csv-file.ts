import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { release } from '../../ops/release.ts';

/** Bytes that may wait for the disk before whoever brings more has to wait too. */
const mostWaiting = 16 << 20;
/** Bytes after which what was written goes to the disk, so that the end does not have to wait for all of it. */
const flushEvery = 32 << 20;

/**
 * A file whose pieces may come from several sessions at once, and stand in it in order.
 * The piece whose turn it is goes straight to the disk; later ones wait in memory.
 */
export class CsvFile {
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #waiting = new Map<number, Buffer[]>();
  readonly #finished = new Set<number>();
  #writing: Promise<void> = Promise.resolve();
  #flushing: Promise<void> = Promise.resolve();
  #written = 0;
  #flushed = 0;
  #turn = 0;
  bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Makes a file that only its owner may read. */
  static async create(path: string): Promise<CsvFile> {
    return new CsvFile(await open(path, 'wx', 0o600));
  }

  /** @returns a promise where whoever brings more should wait until it is fulfilled */
  take(piece: number, bytes: Buffer): Promise<void> | void {
    if (piece === this.#turn) {
      this.#write(bytes);
      return this.bytes - this.#written > mostWaiting ? this.#writing : undefined;
    }
    const waiting = this.#waiting.get(piece);
    if (waiting) waiting.push(bytes);
    else this.#waiting.set(piece, [bytes]);
  }

  /** No more of a piece will come. */
  async finish(piece: number): Promise<void> {
    this.#finished.add(piece);
    while (this.#finished.has(this.#turn)) {
      this.#turn += 1;
      const next = this.#waiting.get(this.#turn) ?? [];
      this.#waiting.delete(this.#turn);
      // all at once: what this piece still sends goes behind them
      for (const bytes of next) this.#write(bytes);
    }
    await this.#writing;
  }

  /** @returns the sha256 of what was written */
  async close(): Promise<string> {
    await this.#writing;
    await this.#flushing;
    await this.#handle.sync();
    await this.#handle.close();
    return this.#hash.digest('hex');
  }

  async abandon(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#flushing]);
    await this.#handle.close();
  }

  /** One write after the other: a piece whose turn came may still be flushing what had waited. */
  #write(bytes: Buffer): void {
    this.bytes += bytes.length;
    this.#hash.update(bytes);
    this.#writing = this.#writing.then(async () => {
      await this.#handle.writeFile(bytes);
      this.#written += bytes.length;
      release(bytes);
      if (this.#written - this.#flushed >= flushEvery) this.#flush();
    });
  }

  #flush(): void {
    this.#flushed = this.#written;
    this.#flushing = this.#flushing.then(() => this.#handle.datasync());
  }
}
