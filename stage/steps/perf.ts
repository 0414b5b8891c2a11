import { measurePerformance } from '../performance/index.ts';
import { measurePolicies } from '../policy-cost/index.ts';
import type { Step } from '../step.ts';

/** Times the policies that may be dear, and the workload before and after the new migrations when a baseline is known. */
export const perf: Step = {
  name: 'perf',
  title: 'Time policies, and the workload against the baseline',

  async run(context) {
    const policies = await measurePolicies(context);
    const outcome = await measurePerformance(context);
    return { ...outcome, summary: `${outcome.summary}; ${policies}` };
  },
};
