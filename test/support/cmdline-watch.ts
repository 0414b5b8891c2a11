import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Collects the argument lists of every process of the machine for as long as it lives. Linux only. */
export class CommandLineWatch {
  readonly #seen = new Set<string>();
  #isOver = false;
  readonly #watching = this.#watch();

  /** @returns every argument list that was seen */
  async stop(): Promise<string[]> {
    this.#isOver = true;
    await this.#watching;
    return [...this.#seen];
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      for (const text of await Promise.all(processes.map(commandLine))) this.#seen.add(text);
      await sleep(10);
    }
  }
}

/** A process may end while it is read. */
async function commandLine(pid: string): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}
