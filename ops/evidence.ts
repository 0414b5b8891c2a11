import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** sha256 of bytes or text, in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** sha256 of a file of any size, in hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(1 << 20); // one for the whole file: a stream makes a new one for each piece
  await using file = await open(path);
  for (;;) {
    const { bytesRead } = await file.read(piece);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, bytesRead));
  }
}

/** sha256, in hex, of a text that comes in pieces. */
export function sha256OfPieces(pieces: Iterable<string>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/**
 * JSON with sorted keys and no white space, so that equal values have equal bytes.
 * Follows RFC 8785 for what Drydock stores: plain objects, arrays, strings, booleans, null and finite numbers.
 */
export function canonicalJson(value: unknown): string {
  const text = inOrder(value);
  if (text === undefined) throw new TypeError('Expected a value that JSON has a form for.');
  return text;
}

/** Written by hand, because an object of JavaScript puts keys like `10` first, whatever order they were added in. */
function inOrder(given: unknown): string | undefined {
  const value = hasJsonForm(given) ? given.toJSON() : given;
  if (Array.isArray(value)) return `[${value.map((item) => inOrder(item) ?? 'null').join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const text = inOrder((value as Record<string, unknown>)[key]);
    if (text !== undefined) members.push(`${JSON.stringify(key)}:${text}`); // undefined has no form, as in JSON.stringify
  }
  return `{${members.join(',')}}`;
}

/** Dates and the like, which say themselves what they are in JSON. */
function hasJsonForm(value: unknown): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown } | null | undefined)?.toJSON === 'function';
}
