import { measurePerformance } from '../performance/index.ts';
import type { Step } from '../step.ts';

/** Times the workload before and after the new migrations, when a baseline is known. */
export const perf: Step = {
  name: 'perf',
  title: 'Compare the workload with the baseline',
  run: measurePerformance,
};
