import type { Redactor } from '../ops/redact.ts';

/** What the world outside gives a command: handed in, so that a test can hand in another. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Results. */
  out(text: string): void;
  /** A result that is a secret, and asked for as one: the only way past the redactor. */
  secret(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  readonly isTerminal: boolean;
  readonly redactor: Redactor;
  /** Aborted by SIGINT, SIGTERM, and SIGHUP: the terminal was closed. */
  readonly signal: AbortSignal;
  now(): Date;
}
