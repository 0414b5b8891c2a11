import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Provider, SweptInstance } from '../../../../stage/providers/index.ts';
import { temporaryFolder } from '../../../support/home.ts';
import { expectAlive, type Subject } from '../contract.ts';
import { engineSocket } from './engine.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What both providers of containers owe their callers when the engine itself goes. */
export function lostEngineContract(
  subject: () => Subject,
  { over, sweepOver }: { over(env: Environment): Provider; sweepOver(env: Environment): Promise<SweptInstance[]> },
): void {
  test('says what may be left when its engine is gone, and every command says so until the engine is back', async () => {
    await using folder = await temporaryFolder();
    await using engine = await ShakyEngine.open(folder.path);
    const instance = await over(engine.env).start({ runId: 'engine-lost', admin: 'somebody', home: subject().home });
    await expectAlive(instance);
    await engine.die();
    await expect(instance.stop()).rejects.toMatchObject({
      code: 'PROVIDER_CONTAINER_LEFT',
      message: expect.stringContaining('engine-lost'),
    });
    expect(await sweepOver(engine.env)).toMatchObject([
      { runId: 'engine-lost', problem: { code: 'PROVIDER_DOCKER_UNREACHABLE' } },
    ]);
    expect(await subject().traces('engine-lost')).not.toEqual([]);
    expect(await subject().sweep()).toEqual([{ runId: 'engine-lost', processesEnded: 1 }]);
    expect(await subject().traces('engine-lost')).toEqual([]);
  });
}

/** The engine behind a socket of its own, which goes as if the engine had. */
class ShakyEngine implements AsyncDisposable {
  readonly #path: string;
  readonly #listener = createServer();
  readonly #visitors = new Set<Socket>();

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(folder: string): Promise<ShakyEngine> {
    const engine = new ShakyEngine(join(folder, 'shaky.sock'));
    engine.#listener.on('connection', (visitor) => {
      engine.#visitors.add(visitor);
      const there = createConnection(engineSocket);
      visitor.pipe(there).pipe(visitor);
      visitor.on('error', () => there.destroy()).on('close', () => there.destroy());
      there.on('error', () => visitor.destroy());
    });
    engine.#listener.listen(engine.#path);
    await once(engine.#listener, 'listening');
    return engine;
  }

  get env(): Environment {
    return { ...process.env, DOCKER_HOST: `unix://${this.#path}` };
  }

  async die(): Promise<void> {
    this.#listener.close();
    for (const visitor of this.#visitors) visitor.destroy();
    await rm(this.#path, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
  }
}
