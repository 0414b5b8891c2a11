import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'node:net';
import { DrydockError } from '../../../ops/errors.ts';
import type { EngineAddress } from './address.ts';

const patienceMs = 20_000;
const lookEveryMs = 20;

type SshAddress = Extract<EngineAddress, { kind: 'ssh' }>;

/**
 * The socket of the engine that `docker` speaks to on the other machine.
 * @throws PROVIDER_DOCKER_UNREACHABLE, PROVIDER_DOCKER_HOST when that engine is on yet another machine
 */
export async function socketOverSsh(address: SshAddress): Promise<string> {
  const { execa } = await import('execa');
  const question = 'docker context inspect --format "{{.Endpoints.docker.Host}}"';
  const asked = await execa('ssh', [...wayTo(address), question], { stdin: 'ignore', reject: false });
  if (asked.failed) throw noWay(address, asked.stderr || (asked.shortMessage ?? question));
  const said = asked.stdout.trim();
  if (said.startsWith('unix:///')) return said.slice('unix://'.length);
  throw new DrydockError('PROVIDER_DOCKER_HOST', `The engine of ${address.destination} is elsewhere: ${said}.`, {
    hint: 'Name that engine in DOCKER_HOST.',
  });
}

/**
 * Leads a socket or port of another machine here, with the `ssh` and the settings of whoever is at work.
 * @param here PATH or HOST:PORT on this machine
 * @param there PATH or HOST:PORT, as the other machine sees it
 * @throws PROVIDER_DOCKER_UNREACHABLE with what ssh said
 */
export async function forwardOverSsh(address: SshAddress, here: string, there: string): Promise<AsyncDisposable> {
  const { execa } = await import('execa');
  const lead = ['-o', 'ExitOnForwardFailure=yes', '-L', `${here}:${there}`];
  // should we be killed, its input ends, and with it what it does there
  const ssh = execa('ssh', [...lead, ...wayTo(address), 'cat'], { stdin: 'pipe', reject: false });
  const controller = new AbortController();
  void ssh.then(() => controller.abort());
  const end = async () => {
    ssh.kill('SIGTERM');
    await ssh;
  };
  if (await answersInTime(here, controller.signal)) return { [Symbol.asyncDispose]: end };
  await end();
  const { stderr, shortMessage = 'ssh does not get through' } = await ssh;
  throw noWay(address, stderr || shortMessage);
}

function wayTo({ destination, port }: SshAddress): string[] {
  return ['-o', 'BatchMode=yes', '-o', 'ControlPath=none', ...(port ? ['-p', port] : []), '--', destination];
}

async function answersInTime(here: string, ended: AbortSignal): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs;
  while (!ended.aborted && performance.now() < giveUpAt) {
    if (await answers(here)) return true;
    await sleep(lookEveryMs);
  }
  return false;
}

async function answers(here: string): Promise<boolean> {
  const [, host, port] = /^(.+):(\d+)$/.exec(here) ?? [];
  const socket = port ? createConnection(Number(port), host) : createConnection(here);
  const answer = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return answer;
}

function noWay({ destination }: SshAddress, said: string): DrydockError {
  return new DrydockError(
    'PROVIDER_DOCKER_UNREACHABLE',
    `No way to the Docker engine at ssh://${destination}: ${said}`,
    { hint: `Make sure that "ssh ${destination} docker version" works without a question.` },
  );
}
