import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../ops/errors.ts';
import type { Supply } from './supply.ts';
import type { EventTable, Written } from './table.ts';

/** What is sent, and under whose name it is entered in the ledger. */
export interface Lane {
  readonly supply: Supply;
  readonly table: EventTable;
}

export interface SenderOrder {
  /** Served in this order. */
  readonly lanes: readonly Lane[];
  /** How long Postgres is left alone after an outage, in milliseconds; the next batch is then the probe. */
  readonly cooldownMs: number;
  /** How long events may gather before they are sent, in milliseconds. */
  readonly lingerMs: number;
  /** Told what became of each batch. */
  onWritten(written: Written): void;
  /** Told when the breaker opens and when it closes again. */
  onOutage(reason: string): void;
  onRecovery(): void;
}

/**
 * Sends what its supplies have to Postgres, in the background, one batch at a time. A circuit breaker: after an outage it
 * waits, then tries one batch, and goes on only when that one is stored. Nobody ever waits for it but `drained`.
 */
export class Sender {
  readonly #order: SenderOrder;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #outage: unknown;
  #wakeUp = Promise.withResolvers<void>();
  #waiters: PromiseWithResolvers<void>[] = [];

  constructor(order: SenderOrder) {
    this.#order = order;
    this.#running = this.#run();
  }

  get isDown(): boolean {
    return this.#outage !== undefined;
  }

  /** Says that there is something to send. Cheap enough for every event. */
  wake(): void {
    this.#wakeUp.resolve();
  }

  /** Resolves when nothing of what was there at the call is left to send. @throws the outage, while there is one */
  async drained(): Promise<void> {
    if (this.#outage !== undefined) throw this.#outage;
    const waiter = Promise.withResolvers<void>();
    this.#waiters.push(waiter);
    this.wake();
    await waiter.promise;
  }

  /** Stops after the batch that is under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const served = this.#waiters.splice(0);
      try {
        await this.#sendAll();
        for (const waiter of served) waiter.resolve();
        await this.#untilWoken();
      } catch (error) {
        for (const waiter of [...served, ...this.#waiters.splice(0)]) waiter.reject(error);
        await this.#coolDown(error);
      }
    }
    for (const waiter of this.#waiters) waiter.reject(new Error('the store was closed'));
  }

  async #untilWoken(): Promise<void> {
    await this.#wakeUp.promise;
    this.#wakeUp = Promise.withResolvers();
    if (this.#waiters.length === 0) await pause(this.#order.lingerMs, this.#stop.signal, { ref: true });
  }

  async #sendAll(): Promise<void> {
    for (const { supply, table } of this.#order.lanes) {
      for (let batch = supply.next(); batch && !this.#stop.signal.aborted; batch = supply.next()) {
        const written = await table.write(batch.events);
        batch.settle(written);
        this.#order.onWritten(written);
        if (this.#outage !== undefined) this.#order.onRecovery();
        this.#outage = undefined;
      }
    }
  }

  /** Jitter: a hundred writers must not knock in the same second. */
  async #coolDown(error: unknown): Promise<void> {
    if (this.#outage === undefined) this.#order.onOutage(messageOf(error));
    this.#outage = error;
    await pause(this.#order.cooldownMs * (1 + Math.random() / 5), this.#stop.signal, { ref: false });
  }
}

/** Waits, but not beyond an abort. @param ref whether the process stays alive for it: somebody may come to wait meanwhile */
async function pause(ms: number, signal: AbortSignal, { ref }: { ref: boolean }): Promise<void> {
  await sleep(ms, undefined, { signal, ref }).catch(() => {}); // it rejects for the abort, and nothing else
}
