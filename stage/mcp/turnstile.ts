import { DrydockError } from '../../ops/errors.ts';

/** Lets so many through at a time, lets so many wait, and turns the rest away. */
export class Turnstile {
  readonly #what: string;
  readonly #free: number;
  readonly #mayWait: number;
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param what what passes, in the plural: said to those who are turned away */
  constructor(what: string, { atATime, waiting }: { atATime: number; waiting: number }) {
    this.#what = what;
    this.#free = atATime;
    this.#mayWait = waiting;
  }

  /** Resolves when it is one's turn, which lasts until what it resolves with is called. @throws MCP_BUSY */
  async enter(): Promise<() => void> {
    if (this.#inside === this.#free) {
      if (this.#waiting.length >= this.#mayWait) throw this.#busy();
      await new Promise<void>((resolve) => this.#waiting.push(resolve)); // whoever leaves hands on the place
    } else this.#inside += 1;
    return () => this.#leave();
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inside -= 1;
  }

  #busy(): DrydockError {
    const counts = `${this.#free} at a time, and ${this.#mayWait} waiting`;
    return new DrydockError('MCP_BUSY', `There are too many ${this.#what}: ${counts}, are all that is taken.`, {
      hint: 'Wait for answers before asking more.',
    });
  }
}
