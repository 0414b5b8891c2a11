import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DrydockError } from '../../../ops/errors.ts';
import type { Account } from '../account.ts';
import type { Host } from '../host.ts';
import type { Binaries } from './binaries.ts';
import { lastLogLines, startupLog } from './log.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { endProcessesOf } from './processes.ts';
import { serverEnvironment } from './run-program.ts';
import { serverArguments } from './settings.ts';

const startPatienceMs = 60_000;
const lookEveryMs = 1;
const stopPatienceMs = 2_000;
const collectorPatienceMs = 500;

export interface ServerOrder {
  readonly binaries: Binaries;
  readonly account: Account;
  readonly host: Host;
  readonly dataDirectory: string;
  readonly logDirectory: string;
  readonly port: number;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A running `postgres`. */
export class Server implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #order: ServerOrder;

  private constructor(child: ChildProcess, order: ServerOrder) {
    this.#child = child;
    this.#order = order;
  }

  /**
   * Starts `postgres` and waits until it accepts connections.
   * @throws DrydockError PROVIDER_START_FAILED with the last lines of its log, PROVIDER_START_TIMEOUT
   */
  static async start(order: ServerOrder): Promise<Server> {
    const server = new Server(await spawnPostgres(order), order);
    try {
      await server.#untilReady();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get port(): number {
    return this.#order.port;
  }

  /** Ends the server: sessions are cut off and a checkpoint is made; if that takes too long, without one. */
  async stop(): Promise<void> {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      if (this.#hasEnded) break;
      this.#child.kill(signal);
      await Promise.race([once(this.#child, 'exit'), sleep(stopPatienceMs, undefined, { ref: false })]);
    }
    // Its log collector outlives it by a moment, and may still be writing the reason of its end.
    await endProcessesOf(this.#order.dataDirectory, this.#order.host, { graceMs: collectorPatienceMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /**
   * Waits for the server's own word in its pid file. Knocking on the port instead would fill its log with
   * refusals, and if somebody else had taken the port we would be talking to them.
   */
  async #untilReady(): Promise<void> {
    const { dataDirectory, signal } = this.#order;
    const giveUpAt = performance.now() + startPatienceMs;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#hasEnded) throw await this.#startFailed();
      const file = await readPostmasterFile(dataDirectory);
      if (file?.ready && file.pid === this.#child.pid) return;
      if (performance.now() > giveUpAt) throw await this.#startTimedOut();
      await sleep(lookEveryMs);
    }
  }

  async #startFailed(): Promise<DrydockError> {
    await this.stop();
    const end = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
    return new DrydockError('PROVIDER_START_FAILED', `Postgres ended with ${end} while starting.`, {
      hint: await this.#logHint(),
    });
  }

  async #startTimedOut(): Promise<DrydockError> {
    const message = `Postgres did not accept connections within ${startPatienceMs / 1000} s.`;
    return new DrydockError('PROVIDER_START_TIMEOUT', message, { hint: await this.#logHint() });
  }

  async #logHint(): Promise<string> {
    const lines = await lastLogLines(this.#order.logDirectory);
    return `Mend what its log says last:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  }
}

/** Starts the program in a process group of its own, so that Ctrl-C reaches us and not the server we still need. */
async function spawnPostgres(order: ServerOrder): Promise<ChildProcess> {
  const { binaries, account, dataDirectory, logDirectory, settings } = order;
  const program = join(binaries.folder, 'bin/postgres');
  await using output = await open(startupLog(logDirectory), 'a', 0o600);
  const child = spawn(program, serverArguments(order, settings), {
    ...account.credentials,
    cwd: dirname(dataDirectory),
    env: serverEnvironment,
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  try {
    await once(child, 'spawn');
    return child;
  } catch (error) {
    throw new DrydockError('PROVIDER_START_FAILED', `Cannot run ${program} as ${account.name}.`, { cause: error });
  }
}
