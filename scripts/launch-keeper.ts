import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { DrydockError } from '../ops/errors.ts';
import { keeperLog, type KeptInstance } from '../stage/keeper/index.ts';
import { hostOf, prepareHome, type ProviderName, type StartOrder } from '../stage/providers/index.ts';

/** What a keeper tells the command that launched it. */
export type KeeperMessage =
  | { readonly note: string }
  | { readonly ready: KeptInstance }
  | { readonly error: { code: string; message: string; hint?: string | undefined } };

export interface KeeperTerms {
  readonly projectFile: string;
  readonly provider: ProviderName;
  readonly ttlMs: number;
}

/**
 * Starts a keeper in a process of its own that outlives this one and its terminal, and waits until its instance is up.
 * Should this process end before that, the keeper sees its end of the channel close and takes the instance down.
 */
export async function launchKeeper(order: StartOrder, terms: KeeperTerms): Promise<KeptInstance> {
  await prepareHome(order.home, hostOf(process));
  const logFile = await keeperLog(order.home, order.runId);
  await using log = await open(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [process.argv[1]!, ...keeperArguments(order, terms)], {
    cwd: order.home,
    env: { ...process.env, DRYDOCK_HOME: order.home },
    detached: true,
    stdio: ['ignore', 'ignore', log.fd, 'ipc'],
  });
  using _cancel = onAbort(order.signal, () => child.kill('SIGTERM'));
  try {
    const kept = await firstAnswer(child, order, logFile);
    order.signal?.throwIfAborted();
    child.disconnect();
    child.unref();
    return kept;
  } catch (error) {
    await end(child);
    order.signal?.throwIfAborted();
    throw error;
  }
}

function keeperArguments({ runId, port }: StartOrder, { projectFile, provider, ttlMs }: KeeperTerms): string[] {
  const onPort = port === undefined ? [] : ['--port', String(port)];
  return ['keep', '--config', projectFile, '--run-id', runId, '--ttl', `${ttlMs}ms`, '--provider', provider, ...onPort];
}

/** Waits until the keeper says that its instance is up, or why it is not. */
function firstAnswer(child: ChildProcess, { note, runId }: StartOrder, logFile: string): Promise<KeptInstance> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: KeeperMessage) => {
      if ('note' in message) note?.(message.note);
      else if ('ready' in message) resolve(message.ready);
      else reject(new DrydockError(message.error.code, message.error.message, { hint: message.error.hint }));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      readFile(logFile, 'utf8').then((said) => reject(keeperEnded(runId, how, said)), reject);
    });
  });
}

function keeperEnded(runId: string, how: string, said: string): DrydockError {
  return new DrydockError('KEEPER_ENDED', `The keeper of ${runId} ended (${how}) before its instance was up.`, {
    hint: said.trim() || 'Run "drydock doctor" to see what this machine lacks.',
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  if (child.connected) child.disconnect();
  await exit;
}

function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  signal?.addEventListener('abort', act, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', act) };
}
