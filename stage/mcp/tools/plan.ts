import { z } from 'zod';
import { explained } from '../explained.ts';
import { tool } from '../tool.ts';
import { statement } from './statement.ts';

/** What the server would do, without doing it. */
export const plan = tool({
  name: 'plan',
  title: 'Show the plan of a statement',
  description:
    'Shows how the server would run a select, insert, update, delete or merge as your lease, with its estimates, and ' +
    'runs nothing. Use it when a query was stopped, or to see whether a statement is understood and allowed.',
  input: z.strictObject({ sql: statement }),
  readsOnly: true,

  async run({ sql }, { parts: { limits }, loan, signal }) {
    return loan.with(signal, async (session) => {
      const { rows, cut } = await session.bounded(explained(sql), limits);
      return { plan: rows.map(([line]) => line).join('\n'), cut };
    });
  },
});
