import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { Channel } from './channel.ts';
import { Door } from './door.ts';
import { Loan } from './loan.ts';
import type { McpParts } from './parts.ts';
import { protocolServer } from './protocol.ts';
import { Shelf } from './shelf.ts';

export type WhyEnded = 'client' | 'signal';

const reasons: Record<WhyEnded, string> = { client: 'its client went away', signal: 'its tool server was stopped' };

/**
 * Serves one client with one lease, until the client goes away or the signal is aborted; then the lease is ended.
 * A lease that is over earlier leaves the server standing, so that the client is told why.
 * @param input where the client's messages come from, and `output` where the answers go: nothing else may write there
 * @throws LEASE_NOT_ENDED
 */
export async function serveMcp(
  parts: McpParts,
  { input, output, signal }: { input: Readable; output: Writable; signal: AbortSignal },
): Promise<WhyEnded> {
  const loan = new Loan(parts);
  const channel = new Channel(input, output);
  const door = new Door(parts, loan);
  const server = protocolServer(parts, door, new Shelf(parts));
  server.onerror = ({ message }) => parts.note(message);
  const gone = new Promise<WhyEnded>((resolve) => (server.onclose = () => resolve('client')));
  await server.connect(channel);
  const why = await Promise.race([gone, aborted(signal)]);
  await server.close();
  await loan.end(reasons[why]);
  await door.empty();
  return why;
}

async function aborted(signal: AbortSignal): Promise<WhyEnded> {
  if (!signal.aborted) await once(signal, 'abort');
  return 'signal';
}
