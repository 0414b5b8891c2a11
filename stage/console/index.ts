/** The web console and its HTTP API. Read app.ts first. */
export { proxySignature } from './identity.ts';
export type { ConsoleParts, LeaseBooks } from './parts.ts';
export { serveConsole, type RunningConsole } from './serve.ts';
export { TokenBook, type TokenEntry } from './tokens.ts';
