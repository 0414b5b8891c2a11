/** The staging as a guarded tool server for agents. Read serve.ts first, then door.ts. */
export { refuseClient } from './channel.ts';
export { serveMcp } from './serve.ts';
export type { Lender, LoanFate, McpParts, QueryLimits } from './parts.ts';
export { refusalOf } from './refusals.ts';
