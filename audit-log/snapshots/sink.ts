import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { codeOf, DrydockError } from '../../ops/errors.ts';

/** Takes bytes in order, and puts them into a file. */
export interface Sink {
  /** Bytes that were taken and are not in the file yet. */
  readonly waiting: number;
  /** @returns when the bytes are needed no more; an error is told by `settled` */
  write(bytes: Buffer): Promise<void>;
  /** @throws SNAPSHOT_WRITE when anything taken so far could not be written */
  settled(): Promise<void>;
  close(): Promise<{ bytes: number; sha256: string }>;
  /** Lets go of the file as it is. */
  abandon(): Promise<void>;
}

/** Bytes after which what was written goes to the disk, so that the end does not have to wait for all of it. */
const flushEvery = 32 << 20;

/** A file of its owner alone, and its sha256. */
export class FileSink implements Sink {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #queue: Promise<void> = Promise.resolve();
  #flushing: Promise<void> = Promise.resolve();
  #failure: DrydockError | undefined;
  #taken = 0;
  #written = 0;
  #flushed = 0;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<FileSink> {
    return new FileSink(path, await open(path, 'wx', 0o600));
  }

  get waiting(): number {
    return this.#taken - this.#written;
  }

  write(bytes: Buffer): Promise<void> {
    this.#taken += bytes.length;
    this.#hash.update(bytes);
    this.#queue = this.#queue.then(() => this.#guarded(() => this.#put(bytes)));
    return this.#queue;
  }

  async settled(): Promise<void> {
    await this.#queue;
    if (this.#failure) throw this.#failure;
  }

  async close(): Promise<{ bytes: number; sha256: string }> {
    await this.#queue;
    await this.#flushing;
    await this.#guarded(() => this.#handle.sync());
    await this.#handle.close();
    await this.settled();
    return { bytes: this.#written, sha256: this.#hash.digest('hex') };
  }

  async abandon(): Promise<void> {
    await this.#queue;
    await this.#flushing;
    await this.#handle.close();
  }

  async #put(bytes: Buffer): Promise<void> {
    await this.#handle.writeFile(bytes);
    this.#written += bytes.length;
    if (this.#written - this.#flushed < flushEvery) return;
    this.#flushed = this.#written;
    this.#flushing = this.#flushing.then(() => this.#guarded(() => this.#handle.datasync()));
  }

  /** Nobody may be waiting when it fails: the first failure is kept for who asks next, and nothing is done after it. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    if (this.#failure) return;
    try {
      await work();
    } catch (error) {
      this.#failure = new DrydockError('SNAPSHOT_WRITE', `Cannot write ${this.#path}: ${codeOf(error)}.`, {
        hint: 'Make room, or choose a folder that has it with --out.',
        cause: error,
      });
    }
  }
}

const compress = promisify(zstdCompress);

/** The lowest level: the server sends no faster, and the rows are a quarter of their size and less. */
const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };
/** Bytes of rows in a frame. The frames of a stream would end where its pieces happened to, and no two files be alike. */
const frameSize = 4 << 20;

/** A file of zstd frames, several of which are made at once; its sha256 is that of the file as it lies there. */
export class ZstdSink implements Sink {
  readonly #file: FileSink;
  #frame = Buffer.allocUnsafeSlow(frameSize);
  #filled = 0;
  #queue: Promise<void> = Promise.resolve();
  #compressing = 0;

  private constructor(file: FileSink) {
    this.#file = file;
  }

  static async create(path: string): Promise<ZstdSink> {
    return new ZstdSink(await FileSink.create(path));
  }

  get waiting(): number {
    return this.#compressing + this.#file.waiting;
  }

  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const copied = bytes.copy(this.#frame, this.#filled, at);
      this.#filled += copied;
      at += copied;
      if (this.#filled === frameSize) this.#endFrame();
    }
  }

  async settled(): Promise<void> {
    await this.#queue;
    await this.#file.settled();
  }

  async close(): Promise<{ bytes: number; sha256: string }> {
    if (this.#filled > 0) this.#endFrame();
    await this.#queue;
    return this.#file.close();
  }

  async abandon(): Promise<void> {
    await this.#queue;
    await this.#file.abandon();
  }

  #endFrame(): void {
    const compressed = compress(this.#frame.subarray(0, this.#filled), { params });
    const length = this.#filled;
    this.#compressing += length;
    this.#frame = Buffer.allocUnsafeSlow(frameSize);
    this.#filled = 0;
    const before = this.#queue;
    this.#queue = Promise.all([compressed, before]).then(([frame]) => {
      this.#compressing -= length;
      void this.#file.write(frame);
    });
  }
}
