import type { Outcome } from '../../stage/report.ts';

export type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** How an outcome looks on a terminal. */
export const verdictStyles: Record<Outcome, Style> = {
  go: 'green',
  'no-go': 'red',
  unproven: 'yellow',
  failed: 'red',
  cancelled: 'yellow',
};
