import type { Project } from '../ops/config/index.ts';
import type { Trace } from '../ops/postgres/index.ts';
import type { Redactor } from '../ops/redact.ts';
import type { CloseOutPlace } from './close-out/index.ts';
import type { Provider } from './providers/index.ts';
import type { StepReport } from './report.ts';
import type { Holder, RunSettings, Share } from './step.ts';

/** Told what happens, as it happens. */
export interface RunObserver {
  stepStarted(title: string): void;
  progress(line: string, share?: Share): void;
  /** Told of every statement of the steps, when somebody wants to know. */
  readonly statement?: Trace;
  stepFinished(step: StepReport): void;
}

export interface RunOrder {
  readonly project: Project;
  readonly provider: Provider;
  /** Where Drydock keeps instances and caches. */
  readonly home: string;
  readonly settings: RunSettings;
  readonly commit: string | null;
  readonly place: CloseOutPlace;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  readonly observer: RunObserver;
  /** The names of the steps to do; all without it. The others are written down as skipped. */
  readonly chosen?: ReadonlySet<string>;
  /** Set when a lease does the steps, and not the administrator. */
  readonly holder?: Holder | undefined;
  /** Set when the instance outlives the run: what to say of it then. */
  readonly stays?: () => string;
  /** Whether the staging is copied to a template after every step that changed it, for clones and to be put back to. */
  readonly keepsTemplate?: boolean;
  now(): Date;
}
