import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

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
  #turn = 0;
  bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Makes a file that only its owner may read. */
  static async create(path: string): Promise<CsvFile> {
    return new CsvFile(await open(path, 'wx', 0o600));
  }

  take(piece: number, bytes: Buffer): Promise<void> | void {
    if (piece === this.#turn) return this.#write(bytes);
    this.#waiting.set(piece, [...(this.#waiting.get(piece) ?? []), bytes]);
  }

  /** No more of a piece will come. */
  async finish(piece: number): Promise<void> {
    this.#finished.add(piece);
    while (this.#finished.has(this.#turn)) {
      this.#turn += 1;
      const next = this.#waiting.get(this.#turn) ?? [];
      this.#waiting.delete(this.#turn);
      // all at once: what this piece still sends goes behind them
      for (const bytes of next) void this.#write(bytes);
    }
    await this.#writing;
  }

  /** @returns the sha256 of what was written */
  async close(): Promise<string> {
    await this.#writing;
    await this.#handle.sync();
    await this.#handle.close();
    return this.#hash.digest('hex');
  }

  async abandon(): Promise<void> {
    await this.#handle.close();
  }

  /** One write after the other: a piece whose turn came may still be flushing what had waited. */
  #write(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    this.#hash.update(bytes);
    this.#writing = this.#writing.then(async () => {
      await this.#handle.writeFile(bytes);
    });
    return this.#writing;
  }
}
