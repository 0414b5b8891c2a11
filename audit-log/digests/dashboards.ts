import { loadCostWeights, loadRetention } from '../../ops/policies/index.ts';
import { Session } from '../../ops/postgres/index.ts';
import { EmittedCounts, type Window } from '../events/index.ts';
import { costDigest, type CostDigest } from './cost.ts';
import type { DigestPlace } from './head.ts';
import { filesOnly, inPostgres, oldestDays, sessionOf, type DigestOrder } from './place.ts';
import { privacyDigest, type PrivacyDigest } from './privacy.ts';
import { RollUps } from './roll-ups.ts';
import { seriesOf, type SeriesPoint } from './series.ts';
import { hoursWindow } from './window.ts';

export interface DashboardOrder extends DigestOrder {
  /** The folder of the policies: weights and retention. */
  readonly policies: string;
  /** Those of the target, where others ask for them too. */
  readonly rollUps?: RollUps;
}

/**
 * The digests of the last hours, for whoever shows them again and again: from the roll-ups in Postgres, or from files. Each says its
 * `source_backend`, its completeness, and as of when it is: roll-ups may be ten seconds old. One connection is kept, and those
 * who ask the same at the same time get the same answer.
 */
export class Dashboards implements AsyncDisposable {
  readonly #order: DashboardOrder;
  readonly #emitted = new EmittedCounts();
  readonly #rollUps: RollUps;
  readonly #underWay = new Map<string, Promise<unknown>>();
  #session: Session | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();

  constructor(order: DashboardOrder) {
    this.#order = order;
    this.#rollUps = order.rollUps ?? new RollUps(order.now);
  }

  /** `GET /v1/finops/dashboard`. @param windowHours whole, from 1; the hour under way is one of them */
  async cost(windowHours: number): Promise<CostDigest> {
    return this.#once(`cost ${windowHours}`, async () => {
      const weights = await loadCostWeights(this.#order.policies);
      return this.#answer((place, _session, window) => costDigest(place, window, weights), windowHours);
    });
  }

  /** `GET /v1/privacy/dashboard`. @param windowHours as above */
  async privacy(windowHours: number): Promise<PrivacyDigest> {
    return this.#once(`privacy ${windowHours}`, async () => {
      const retention = await loadRetention(this.#order.policies);
      return this.#answer(
        async (place, session, window) =>
          privacyDigest(place, window, retention, await oldestDays(this.#order, session)),
        windowHours,
      );
    });
  }

  /** The calls of the same window over time. */
  async series(windowHours: number): Promise<SeriesPoint[]> {
    return this.#once(`series ${windowHours}`, async () => {
      const weights = await loadCostWeights(this.#order.policies);
      return this.#answer(
        async ({ tallies }, _session, window) => seriesOf(await tallies.hourly(window), window, weights),
        windowHours,
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session?.close();
    this.#session = undefined;
  }

  async #once<T>(question: string, answer: () => Promise<T>): Promise<T> {
    const underWay = this.#underWay.get(question);
    if (underWay) return underWay as Promise<T>;
    // one at a time: they share a connection, and with it a transaction
    const answered = this.#lastTurn.then(answer).finally(() => this.#underWay.delete(question));
    this.#lastTurn = answered.catch(() => {});
    this.#underWay.set(question, answered);
    return answered;
  }

  async #answer<T>(
    build: (place: DigestPlace, session: Session | undefined, window: Window) => Promise<T>,
    windowHours: number,
  ): Promise<T> {
    const window = hoursWindow(windowHours, this.#order.now());
    const kept = this.#session;
    try {
      return await this.#answerNow(build, window);
    } catch (error) {
      if (!kept) throw error;
      this.#session = undefined; // it broke since it was opened
      void kept.close().catch(() => {});
      return await this.#answerNow(build, window);
    }
  }

  async #answerNow<T>(
    build: (place: DigestPlace, session: Session | undefined, window: Window) => Promise<T>,
    window: Window,
  ): Promise<T> {
    const session = this.#session ?? (await sessionOf(this.#order));
    if (!(session instanceof Session)) {
      return await build(filesOnly(this.#order, session, this.#emitted), undefined, window);
    }
    this.#session = session;
    return await build(await inPostgres(this.#order, session, this.#emitted, this.#rollUps), session, window);
  }
}
