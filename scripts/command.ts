import type { Io } from './io.ts';

/** A command of the command line: help, flags and behaviour in one value. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Shown under "Example:" in its help. */
  readonly example: string;
  /** Left out of the help: for Drydock's own use. */
  readonly hidden?: boolean;
  /** Positional arguments as commander writes them: `<required>`, `[optional]`, `[many...]`. */
  readonly arguments?: readonly {
    readonly name: string;
    readonly summary: string;
    readonly choices?: readonly string[];
  }[];
  readonly options?: readonly { readonly flags: string; readonly summary: string; readonly default?: string }[];
  /** @returns the exit code */
  run(io: Io, options: Options, args: readonly string[]): Promise<number>;
}

/** Parsed flags, by name; `--config` and `--json` exist everywhere. Without `--config` the usual places are looked at. */
export type Options = Readonly<Record<string, string | boolean | undefined>> & {
  readonly config?: string;
  readonly json: boolean;
};
