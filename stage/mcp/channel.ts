import type { Readable, Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode, JSONRPCMessageSchema, type JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { Lines, tooLong } from './lines.ts';
import type { Refusal } from './refusals.ts';

/** The longest message that is read, in bytes. */
const longest = 1024 ** 2;

/**
 * Messages of JSON-RPC, one a line. Unlike the SDK's own it answers what is no message, goes on after a message that is
 * too long, notices that the client has gone, and reads no further while the client does not read.
 */
export class Channel implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #lines = new Lines(longest);
  #isClosed = false;
  #isStalled = false;

  constructor(input: Readable, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  async start(): Promise<void> {
    const close = () => void this.close();
    this.#output.once('error', close).once('close', close);
    this.#input.once('end', close).once('error', close).once('close', close);
    this.#input.on('data', this.#take);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) return;
    if (this.#output.write(`${JSON.stringify(message)}\n`) || this.#isStalled) return;
    this.#isStalled = true;
    this.#input.pause();
    this.#output.once('drain', () => {
      this.#isStalled = false;
      if (!this.#isClosed) this.#input.resume();
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.off('data', this.#take).pause();
    this.onclose?.();
  }

  readonly #take = (piece: Buffer): void => {
    for (const line of this.#lines.take(piece)) {
      if (line === tooLong) this.#refuse(ErrorCode.InvalidRequest, `A message has ${longest} bytes at most.`);
      else this.#read(line);
    }
  };

  #read(line: string): void {
    if (line.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return this.#refuse(ErrorCode.ParseError, 'This is not JSON in UTF-8.');
    }
    const { success, data } = JSONRPCMessageSchema.safeParse(value);
    if (success) this.onmessage?.(data);
    else this.#refuse(ErrorCode.InvalidRequest, 'This is not a message of JSON-RPC 2.0.', idOf(value));
  }

  #refuse(code: number, message: string, id: string | number | null = null): void {
    // the SDK's type has no null, which JSON-RPC asks for where no id could be read
    void this.send({ jsonrpc: '2.0', id, error: { code, message } } as JSONRPCMessage);
  }
}

/** Tells a client that there is nothing to be served, and why: most clients show that, and no standard error. */
export async function refuseClient(input: Readable, output: Writable, refusal: Refusal): Promise<void> {
  const channel = new Channel(input, output);
  const message = [`${refusal.code}: ${refusal.message}`, refusal.hint].filter(Boolean).join(' ');
  const asked = new Promise<void>((resolve) => {
    channel.onclose = resolve;
    channel.onmessage = (request) => {
      if (!('method' in request && 'id' in request)) return;
      void channel.send({ jsonrpc: '2.0', id: request.id, error: { code: ErrorCode.InternalError, message } });
      resolve();
    };
  });
  await channel.start();
  await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())]);
  await channel.close();
}

const patienceMs = 2000;

function idOf(value: unknown): string | number | null {
  const id = (value as { id?: unknown } | null)?.id;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
