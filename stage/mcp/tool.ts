import type { z } from 'zod';
import type { Loan } from './loan.ts';
import type { McpParts } from './parts.ts';

/** What a tool works with. */
export interface ToolContext {
  readonly parts: McpParts;
  readonly loan: Loan;
  /** Aborted when the client takes the call back, or goes away. */
  readonly signal: AbortSignal;
}

/** Something an agent can call: what it takes and what it does, in one value. */
export interface Tool<Input extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly title: string;
  /** Read by the agent: what it does, when to use it, what comes back. */
  readonly description: string;
  readonly input: Input;
  /** Whether it leaves the staging as it is. */
  readonly readsOnly: boolean;
  /** @returns one document of JSON */
  run(input: z.output<Input>, context: ToolContext): Promise<object>;
}

/** A tool whose input and `run` are held to the same type. */
export function tool<Input extends z.ZodType>(definition: Tool<Input>): Tool {
  return definition as unknown as Tool;
}
