import type { Session } from './session.ts';

/** A session that is opened when it is first needed, and again when it has broken. Those who need it share it. */
export class KeptSession implements AsyncDisposable {
  readonly #open: () => Promise<Session>;
  #opening: Promise<Session> | undefined;

  constructor(open: () => Promise<Session>) {
    this.#open = open;
  }

  /** @throws what opening throws; the next caller tries again */
  async session(): Promise<Session> {
    const before = this.#opening;
    const kept = await before?.catch(() => undefined);
    if (kept?.isOpen) return kept;
    // unless somebody who waited too has opened it meanwhile
    if (this.#opening === before) this.#opening = this.#open();
    return await this.#opening!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const kept = await this.#opening?.catch(() => undefined);
    await kept?.close();
  }
}
