import { release } from '../../ops/release.ts';
import { FileSink, ZstdSink, type Sink } from './sink.ts';

/** Bytes that may wait for the disk before whoever brings more has to wait too. */
const mostWaiting = 16 << 20;

/**
 * A file whose pieces may come from several sessions at once, and stand in it in order.
 * The piece whose turn it is goes straight to the disk; later ones wait in memory.
 */
export class CsvFile {
  readonly #sink: Sink;
  readonly #waiting = new Map<number, Buffer[]>();
  readonly #finished = new Set<number>();
  #turn = 0;

  private constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Makes a file that only its owner may read. */
  static async create(path: string, { zstd }: { zstd: boolean }): Promise<CsvFile> {
    return new CsvFile(await (zstd ? ZstdSink : FileSink).create(path));
  }

  /**
   * @param bytes from now on the file's own
   * @returns a promise where whoever brings more should wait until it is fulfilled
   */
  take(piece: number, bytes: Buffer): Promise<void> | void {
    if (piece === this.#turn) {
      this.#write(bytes);
      return this.#sink.waiting > mostWaiting ? this.#sink.settled() : undefined;
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
    if (this.#sink.waiting > mostWaiting) await this.#sink.settled();
  }

  /** @returns what the file holds now */
  close(): Promise<{ bytes: number; sha256: string }> {
    return this.#sink.close();
  }

  abandon(): Promise<void> {
    return this.#sink.abandon();
  }

  #write(bytes: Buffer): void {
    void this.#sink.write(bytes).then(() => release(bytes));
  }
}
