import { openPublicKey, verifyRecords, type VerifyReport } from '../../audit-log/records/index.ts';
import { messageOf } from '../../ops/errors.ts';
import type { Session } from '../../ops/postgres/index.ts';

export type Proof =
  | { readonly state: 'none' }
  | { readonly state: 'under way'; readonly since: Date }
  | { readonly state: 'done'; readonly at: Date; readonly report: VerifyReport }
  | { readonly state: 'failed'; readonly at: Date; readonly reason: string };

export interface ProofOrder {
  readonly folders: { readonly keys: string; readonly seals: string };
  /** A session of its own: comparing every record takes a while. */
  open(): Promise<Session>;
  now(): Date;
}

/** Whether the record is what was sealed, as last looked at by this console. One look at a time. */
export class ProofKeeper {
  readonly #order: ProofOrder;
  #latest: Proof = { state: 'none' };

  constructor(order: ProofOrder) {
    this.#order = order;
  }

  get latest(): Proof {
    return this.#latest;
  }

  /** Begins to look; what comes of it is `latest` later. */
  start(): void {
    if (this.#latest.state === 'under way') return;
    const { now } = this.#order;
    this.#latest = { state: 'under way', since: now() };
    void this.#look().then(
      (report) => (this.#latest = { state: 'done', at: now(), report }),
      (error) => (this.#latest = { state: 'failed', at: now(), reason: messageOf(error) }),
    );
  }

  async #look(): Promise<VerifyReport> {
    const { keys, seals } = this.#order.folders;
    const publicKey = openPublicKey(keys);
    await using session = await this.#order.open();
    return await verifyRecords({ session, folder: seals, publicKey, anchors: [] });
  }
}
