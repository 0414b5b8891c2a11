import type { Instance, ProviderName, StartOrder } from '../provider.ts';
import { replacePassword } from '../replace-password.ts';
import type { Container } from './container.ts';
import { untilItAnswers } from './until-it-answers.ts';

/**
 * Waits for the server in a container, and takes its administrator over.
 * @param made.password what the container was started with; it is replaced
 * @param holdings what `stop` gives back; the caller keeps them when this throws
 */
export async function instanceIn(
  container: Container,
  made: { provider: ProviderName; order: StartOrder; password: string },
  holdings: AsyncDisposableStack,
): Promise<Instance> {
  const { provider, password, order } = made;
  const { runId, admin, signal } = order;
  const targetNow = async () => {
    const address = await container.address();
    return address && { ...address, user: admin, password, database: 'postgres' };
  };
  await using session = await untilItAnswers(targetNow, { signal, lastLines: () => container.lastLines(10) });
  const { host, port } = session.target;
  const own = await replacePassword(session);
  signal?.throwIfAborted();

  const held = holdings.move();
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= held.disposeAsync());
  return { provider, runId, host, port, admin, ...own, stop, [Symbol.asyncDispose]: stop };
}
