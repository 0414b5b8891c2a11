import { z } from 'zod';

/** The longest statement that is taken, in characters. */
const longest = 100_000;

/** A statement of the agent's. A zero byte would end it early for the server, and not for us. */
export const statement = z
  .string()
  .min(1)
  .max(longest)
  .refine((text) => !text.includes('\0'), 'a zero byte is in it')
  .describe('one SQL statement');
