import type { Config } from '../../ops/config/index.ts';
import { measured, type Finding, type Measurement } from '../measurement.ts';
import type { PromotionOrder } from './promotion.ts';

/** What must hold before a connection is opened: the word, the switch, the hour. */
export function measureGuards({ project, confirm, killSwitch, isDryRun, ...order }: PromotionOrder): Measurement {
  const { promotion } = project.config;
  const findings: Finding[] = [];
  const refuse = (object: string, detail: string, remedy: string) =>
    findings.push({ level: 'error', object, detail, remedy });
  if (confirm !== promotion.confirm && !isDryRun) {
    refuse('confirmation', 'was not given', `Write --confirm ${promotion.confirm}.`);
  }
  if (killSwitch !== undefined) {
    refuse(
      'kill switch',
      `${promotion.killSwitch} is ${killSwitch}`,
      'Ask who set it; "off" or nothing lets promotions go.',
    );
  }
  if (!isDryRun && !isInWindow(promotion.window, order.now())) {
    const { from, until } = promotion.window!;
    refuse(
      'window',
      `it is ${clockOf(order.now())} UTC, and promotions go from ${from} until ${until}`,
      'Come back then.',
    );
  }
  return measured({
    id: 'promotion/guards',
    title: 'Nothing forbids it',
    examined: 3,
    violations: findings.length,
    findings,
  });
}

/** A window may pass midnight: 22:00 until 04:00. Its end is outside. */
function isInWindow(window: Config['promotion']['window'], now: Date): boolean {
  if (!window) return true;
  const { from, until } = window;
  const time = clockOf(now);
  return from <= until ? from <= time && time < until : time >= from || time < until;
}

function clockOf(now: Date): string {
  return now.toISOString().slice(11, 16);
}
