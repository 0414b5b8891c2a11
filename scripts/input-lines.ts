import type { Readable } from 'node:stream';

/** A line of an input, or one that was too long to be kept: only its number is known. */
export interface InputLine {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string | undefined;
}

/**
 * The lines of an input that may be anything: a line costs no more memory than `longest`, and an input that is silent is left
 * on a signal. What a signal cuts off in the middle of a line is no line.
 * @param longest in UTF-16 units
 */
export async function* linesOf(
  input: Readable,
  { longest, signal }: { longest: number; signal: AbortSignal },
): AsyncGenerator<InputLine> {
  const lines = new LineCutter(longest);
  const decoder = new TextDecoder(); // which leaves out the mark that some editors put first
  const leave = () => input.destroy();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    for await (const chunk of input) {
      yield* lines.cut(decoder.decode(chunk as Buffer, { stream: true }));
      if (signal.aborted) return;
    }
    yield* lines.cut(decoder.decode());
    yield* lines.rest();
  } catch (error) {
    if (!signal.aborted) throw error; // what was destroyed in the middle says so
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

class LineCutter {
  readonly #longest: number;
  #number = 1;
  #begun = '';
  #isTooLong = false;

  constructor(longest: number) {
    this.#longest = longest;
  }

  *cut(text: string): Generator<InputLine> {
    const parts = text.split('\n');
    for (const part of parts.slice(0, -1)) {
      this.#add(part);
      yield this.#end();
    }
    this.#add(parts.at(-1)!);
  }

  /** The last line, where no line break ends it. */
  *rest(): Generator<InputLine> {
    if (this.#begun !== '' || this.#isTooLong) yield this.#end();
  }

  #add(part: string): void {
    this.#isTooLong ||= this.#begun.length + part.length > this.#longest;
    this.#begun = this.#isTooLong ? '' : this.#begun + part;
  }

  #end(): InputLine {
    const line = { number: this.#number, text: this.#isTooLong ? undefined : this.#begun };
    [this.#number, this.#begun, this.#isTooLong] = [this.#number + 1, '', false];
    return line;
  }
}
