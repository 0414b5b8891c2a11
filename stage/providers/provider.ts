import type { Target, Tls } from '../../ops/postgres/index.ts';

/** A way of getting a staging Postgres. */
export interface Provider {
  readonly name: ProviderName;

  /**
   * Starts an instance and waits until it answers queries.
   * When it fails or is aborted it has taken down whatever it had begun; an abort throws the signal's reason.
   */
  start(order: StartOrder): Promise<Instance>;
}

export type ProviderName = 'embedded' | 'docker' | 'compose' | 'remote';

export interface StartOrder {
  /** Names the instance: letters, digits, dots, dashes and underscores; unique within the home. */
  readonly runId: string;
  /** The superuser's name. */
  readonly admin: string;
  /** The folder where Drydock keeps instances and caches. Created when missing; never inside the project. */
  readonly home: string;
  /** A fixed TCP port; without it any free one. */
  readonly port?: number;
  /** Server settings that take precedence over the provider's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Who keeps it and until when, for people who look at containers. */
  readonly keptBy?: { readonly owner: string; readonly expiresAt: string };
  readonly signal?: AbortSignal;
  /** Told in one line about what takes noticeable time. */
  readonly note?: (line: string) => void;
}

/** Where an instance answers, and as whom. */
export interface InstanceAddress {
  readonly provider: ProviderName;
  readonly runId: string;
  /** For example `16.14`. */
  readonly serverVersion: string;
  readonly host: string;
  readonly port: number;
  readonly admin: string;
  /** Made for this instance alone, except on a remote server. */
  readonly adminPassword: string;
  /** How connections to it are encrypted; none where it runs on this machine. */
  readonly tls?: Tls;
  /** The server's log as JSON lines, where it can be read from here. */
  readonly logFile?: string;
  /** The cluster's files, where they can be reached from here. */
  readonly dataDirectory?: string;
}

/** How its administrator logs in to one of the instance's databases. */
export function adminTarget({ host, port, admin, adminPassword, tls }: InstanceAddress, database: string): Target {
  return { host, port, user: admin, password: adminPassword, database, ...(tls && { tls }) };
}

/** A running staging Postgres. Its scope is its lifetime: `await using`. */
export interface Instance extends InstanceAddress, AsyncDisposable {
  /** Ends the server and removes everything it left. May be called again. */
  stop(): Promise<void>;
}

/** What a sweep did about one instance whose owner is gone. */
export interface SweptInstance {
  readonly runId: string;
  /** How many of its processes were still alive. */
  readonly processesEnded: number;
  /** Why something of it is still there. */
  readonly problem?: Error;
}
