import { loadCostWeights, loadRetention } from '../../ops/policies/index.ts';
import type { Session } from '../../ops/postgres/index.ts';
import { costDigest, type CostDigest } from './cost.ts';
import type { DigestPlace } from './head.ts';
import { privacyDigest, type PrivacyDigest } from './privacy.ts';
import type { RollUps } from './roll-ups.ts';
import { seriesOf, type SeriesPoint } from './series.ts';
import { workspaceTallies } from './sources.ts';
import { hoursWindow } from './window.ts';

export interface WorkspaceOrder {
  readonly workspace: string;
  /** Of a login that the database holds to this workspace, a member of tool_event_trail entered for it; or of a reader. */
  session(): Promise<Session>;
  /** Those of the session's database. */
  readonly rollUps: RollUps;
  readonly policies: string;
  now(): Date;
}

/** The dashboards of one workspace, read by a login that need see no other. Of agents and users the roll-ups of a workspace know nothing. */
export class WorkspaceDashboards {
  readonly #order: WorkspaceOrder;

  constructor(order: WorkspaceOrder) {
    this.#order = order;
  }

  /** @param windowHours whole, from 1; the hour under way is one of them */
  async cost(windowHours: number): Promise<CostDigest> {
    const weights = await loadCostWeights(this.#order.policies);
    return costDigest(await this.#place(), this.#window(windowHours), weights);
  }

  async privacy(windowHours: number): Promise<PrivacyDigest> {
    const retention = await loadRetention(this.#order.policies);
    // how long events are kept is not a workspace's to see
    const oldest = { jsonl: undefined, postgres: undefined };
    return privacyDigest(await this.#place(), this.#window(windowHours), retention, oldest);
  }

  async series(windowHours: number): Promise<SeriesPoint[]> {
    const [weights, { tallies }] = [await loadCostWeights(this.#order.policies), await this.#place()];
    const window = this.#window(windowHours);
    return seriesOf(await tallies.hourly(window), window, weights);
  }

  async #place(): Promise<DigestPlace> {
    const { workspace, session, rollUps, now } = this.#order;
    const open = await session();
    const [asOf, tallies] = [await rollUps.freshBy(open), workspaceTallies(open, workspace)];
    return { tallies, asOf, now, reconcile: async () => undefined };
  }

  #window(hours: number) {
    return hoursWindow(hours, this.#order.now());
  }
}
