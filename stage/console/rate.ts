const mostKnown = 10_000;

/** How many requests one caller may make: a bucket that fills at a steady rate. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, { left: number; at: number }>();

  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** @returns the seconds to wait; 0 when this one may pass */
  take(key: string, now: Date): number {
    const at = now.getTime();
    const known = this.#buckets.get(key) ?? { left: this.#burst, at };
    const elapsed = Math.max(0, at - known.at) / 1_000; // a clock may be set back
    const left = Math.min(this.#burst, known.left + elapsed * this.#perSecond);
    this.#remember(key, { left: Math.max(0, left - 1), at });
    return left >= 1 ? 0 : Math.ceil((1 - left) / this.#perSecond);
  }

  /** The one not heard of for longest is forgotten first. */
  #remember(key: string, bucket: { left: number; at: number }): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > mostKnown) this.#buckets.delete(this.#buckets.keys().next().value!);
  }
}
