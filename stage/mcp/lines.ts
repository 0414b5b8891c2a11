const newline = 10;

/** Cuts what arrives in pieces into lines. Of a line that is too long nothing is kept. */
export class Lines {
  readonly #longest: number;
  #begun: Buffer[] = [];
  #length = 0;
  #isTooLong = false;

  /** @param longest in bytes */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** @returns the lines that end in this piece; in place of one that is too long or not UTF-8, what it is */
  *take(piece: Buffer): Generator<string> {
    let rest = piece;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      this.#keep(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      yield this.#finished();
    }
    this.#keep(rest);
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#longest) {
      this.#isTooLong = true;
      this.#begun = [];
    } else if (part.length > 0) this.#begun.push(part);
  }

  #finished(): string {
    const line = this.#isTooLong ? tooLong : decoded(Buffer.concat(this.#begun));
    this.#begun = [];
    this.#length = 0;
    this.#isTooLong = false;
    return line;
  }
}

/** What stands for a line that is too long: no message, because no JSON. */
export const tooLong = 'too long';

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decoded(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return 'not UTF-8';
  }
}
