import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { release } from '../release.ts';

/** What a finished `copy … to stdout` says of itself. */
export interface CopiedOut {
  readonly rows: number;
  /** Bytes of the longest row, which tells a reader of the file how much it must hold at once. */
  readonly longestRow: number;
}

/** Told of each piece as it comes. Where it returns a promise, no more is read from the server until that is fulfilled. */
export type TakePiece = (piece: Buffer) => void | Promise<void>;

/** Bytes that are handed on at once: the server sends a message a row, and a call for each would cost more than the row. */
const pieceSize = 1 << 19;

const headerSize = 5;
const copyData = 'd'.charCodeAt(0);
/** CopyOutResponse, CopyDone, and what a server may say at any time: notice, setting, notification. */
const passedOver = new Set([...'HcNSA'].map((letter) => letter.charCodeAt(0)));

/**
 * `copy … to stdout` as a query of pg. While rows come it reads the socket itself, so that nothing is made for a row but
 * a copy of its bytes; the answer behind them goes back to pg.
 */
export class CopyOut implements pg.Submittable {
  readonly #statement: string;
  readonly #take: TakePiece;
  readonly #outcome = Promise.withResolvers<CopiedOut>();
  #socket!: Duplex;
  #ofPg!: (chunk: Buffer) => void;
  #piece = Buffer.allocUnsafeSlow(pieceSize);
  #filled = 0;
  /** A header of which the rest is in the next chunk. */
  #torn: Buffer | undefined;
  /** Bytes that the message under way still has, and whether they are a row's. */
  #left = 0;
  #isRow = false;
  #longestRow = 0;
  #rows = 0;
  #taken: Promise<void> | undefined;

  constructor(statement: string, take: TakePiece) {
    this.#statement = statement;
    this.#take = take;
  }

  /** Fulfilled when the server has counted the rows, rejected with its error or with that of `take`. */
  get outcome(): Promise<CopiedOut> {
    return this.#outcome.promise;
  }

  submit(connection: pg.Connection): void {
    this.#socket = connection.stream;
    this.#ofPg = this.#socket.listeners('data')[0] as (chunk: Buffer) => void;
    this.#socket.off('data', this.#ofPg);
    this.#socket.on('data', this.#read);
    connection.query(this.#statement);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)/.exec(text)?.[1] ?? 0);
  }

  async handleReadyForQuery(): Promise<void> {
    await this.#taken;
    this.#outcome.resolve({ rows: this.#rows, longestRow: this.#longestRow });
  }

  handleError(error: Error): void {
    this.#outcome.reject(error);
  }

  readonly #read = (chunk: Buffer): void => {
    const bytes = this.#torn ? Buffer.concat([this.#torn, chunk]) : chunk;
    this.#torn = undefined;
    if (bytes.length > this.#piece.length - this.#filled) this.#handOn(bytes.length);
    const end = this.#takeMessages(bytes);
    if (end === undefined) {
      if (bytes === chunk && !this.#torn && chunk.length === chunk.buffer.byteLength) release(chunk);
      return;
    }
    this.#handOn(0);
    this.#socket.off('data', this.#read);
    this.#socket.on('data', this.#ofPg);
    this.#ofPg(bytes.subarray(end));
  };

  /** @returns where the first message begins that is pg's; nothing while rows come */
  #takeMessages(bytes: Buffer): number | undefined {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left === 0) {
        if (bytes.length - at < headerSize) {
          this.#torn = bytes.subarray(at);
          return undefined;
        }
        const type = bytes[at]!;
        this.#isRow = type === copyData;
        if (!this.#isRow && !passedOver.has(type)) return at;
        this.#left = bytes.readUInt32BE(at + 1) - (headerSize - 1);
        if (this.#isRow && this.#left > this.#longestRow) this.#longestRow = this.#left;
        at += headerSize;
      }
      const end = Math.min(at + this.#left, bytes.length);
      if (this.#isRow) this.#filled += bytes.copy(this.#piece, this.#filled, at, end);
      this.#left -= end - at;
      at = end;
    }
    return undefined;
  }

  /** Hands on what is there, and makes room for so many bytes more. */
  #handOn(room: number): void {
    const piece = this.#piece.subarray(0, this.#filled);
    this.#piece = Buffer.allocUnsafeSlow(Math.max(pieceSize, room));
    this.#filled = 0;
    if (piece.length === 0) return;
    try {
      const taken = this.#take(piece);
      if (taken) this.#taken = this.#waitFor(taken);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  async #waitFor(taken: Promise<void>): Promise<void> {
    this.#socket.pause();
    try {
      await taken;
      this.#socket.resume();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Nothing but the end of the connection stops a server that is sending. */
  #giveUp(error: unknown): void {
    this.#outcome.reject(error);
    this.#socket.destroy();
  }
}
