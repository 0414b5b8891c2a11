import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { DrydockError } from '../errors.ts';

/** How much of an answer is taken. */
export interface Bounds {
  readonly rows: number;
  /** Of the values, as the server prints them. */
  readonly bytes: number;
}

/** An answer, or as much of it as was to be taken. */
export interface BoundedResult {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  /** Values as the server prints them. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** The command tag: `SELECT 3`, `UPDATE 1`; null when the statement was stopped at the last row taken. */
  readonly tag: string | null;
  /** Which bound the answer came to. */
  readonly cut: keyof Bounds | null;
}

/** More than this on the wire ends the connection: what is not taken still has to be received. */
const mostOnTheWire = 16 * 1024 ** 2;

/** What of pg's connection is used here beyond its types. */
interface Wire {
  readonly stream: Duplex;
  parse(message: { text: string }): void;
  bind(message: object): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  sync(): void;
  sendCopyFail(reason: string): void;
}

/** One statement by the extended protocol, in one message to and fro, whose answer is never larger than its bounds. */
export class BoundedQuery {
  readonly #text: string;
  readonly #bounds: Bounds;
  readonly #done = Promise.withResolvers<BoundedResult>();
  readonly #rows: (string | null)[][] = [];
  #wire: Wire | undefined;
  #columns: BoundedResult['columns'] = [];
  #tag: string | null = null;
  #cut: BoundedResult['cut'] = null;
  #bytes = 0;
  #onTheWire = 0;
  #refusal: DrydockError | undefined;

  constructor(text: string, bounds: Bounds) {
    this.#text = text;
    this.#bounds = bounds;
  }

  /** @throws what the server says; QUERY_TOO_LARGE, QUERY_COPY */
  async runOn(client: pg.Client): Promise<BoundedResult> {
    client.query(this as unknown as pg.Submittable);
    try {
      return await this.#done.promise;
    } finally {
      this.#wire?.stream.off('data', this.#weigh);
    }
  }

  submit(wire: Wire): void {
    this.#wire = wire;
    wire.stream.on('data', this.#weigh);
    wire.stream.cork();
    wire.parse({ text: this.#text });
    wire.bind({});
    wire.describe({ type: 'P', name: '' });
    // one more than is taken says whether there are more
    wire.execute({ portal: '', rows: this.#bounds.rows + 1 });
    wire.sync();
    wire.stream.uncork();
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.#cut) return;
    const bytes = fields.reduce((sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)), 0);
    if (this.#rows.length === this.#bounds.rows) this.#cut = 'rows';
    else if (this.#bytes + bytes > this.#bounds.bytes) this.#cut = 'bytes';
    else this.#rows.push(fields);
    this.#bytes += bytes;
  }

  /** Its portal is closed by the message that follows, and with it the statement. */
  handlePortalSuspended(): void {}

  handleEmptyQuery(): void {}

  handleCommandComplete({ text }: { text: string }): void {
    this.#tag = text;
  }

  /** The server waits for rows that nobody has; it has swallowed our sync. */
  handleCopyInResponse(wire: Wire): void {
    this.#refusal = copyRefused();
    wire.sendCopyFail('there are no rows to send');
    wire.sync();
  }

  handleCopyData(): void {
    this.#breakOff(copyRefused());
  }

  handleError(error: Error): void {
    this.#done.reject(this.#refusal ?? error);
  }

  handleReadyForQuery(): void {
    // broken off, and the end had come along with what was too much
    if (this.#refusal) return this.#done.reject(this.#refusal);
    this.#done.resolve({ columns: this.#columns, rows: this.#rows, tag: this.#tag, cut: this.#cut });
  }

  readonly #weigh = (piece: Buffer): void => {
    this.#onTheWire += piece.length;
    if (this.#onTheWire > mostOnTheWire) this.#breakOff(tooLarge());
  };

  /** Nothing else stops a server that is sending. */
  #breakOff(refusal: DrydockError): void {
    this.#refusal ??= refusal;
    this.#wire!.stream.destroy();
  }
}

function tooLarge(): DrydockError {
  const most = mostOnTheWire / 1024 ** 2;
  return new DrydockError('QUERY_TOO_LARGE', `The answer came to more than ${most} MB, and was broken off.`, {
    hint: 'Ask for fewer rows, or for less of each: left(column, 200). If it changed something, look whether that stands.',
  });
}

function copyRefused(): DrydockError {
  return new DrydockError('QUERY_COPY', 'Rows are not copied to or from here.', {
    hint: 'Write a select instead of "copy … to stdout", an insert instead of "copy … from stdin".',
  });
}
