import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { execa, type ResultPromise } from 'execa';

/** How an invocation ended: what the handler returned, or the error it threw. */
export interface Answer {
  readonly outcome: 'response' | 'error';
  readonly content: Record<string, unknown>;
}

interface Invocation {
  readonly event: unknown;
  readonly answered: (answer: Answer) => void;
}

/** Runs a bundled handler as Lambda does: a process of its own that fetches invocations from the runtime API. */
export class LambdaRuntime implements AsyncDisposable {
  readonly #server: Server;
  readonly #waiting: Invocation[] = [];
  readonly #underWay = new Map<string, Invocation>();
  #parked: ServerResponse | undefined;
  #process: ResultPromise | undefined;
  #log = '';
  #count = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** @param taskRoot the unpacked bundle @param env what the function's configuration sets; nothing else is handed on */
  static async start(taskRoot: string, env: Record<string, string>): Promise<LambdaRuntime> {
    const runtime = new LambdaRuntime();
    await new Promise<void>((done) => runtime.#server.listen(0, '127.0.0.1', done));
    const { port } = runtime.#server.address() as AddressInfo;
    runtime.#process = execa(process.execPath, [join(import.meta.dirname, 'lambda-bootstrap.ts')], {
      cwd: taskRoot,
      extendEnv: false,
      env: {
        ...env,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        LAMBDA_TASK_ROOT: taskRoot,
        _HANDLER: 'index.handler',
      },
      all: true,
      reject: false,
    });
    runtime.#process.all?.on('data', (data: Buffer) => (runtime.#log += data.toString()));
    return runtime;
  }

  /** What the function's process has printed. */
  get log(): string {
    return this.#log;
  }

  invoke(event: unknown): Promise<Answer> {
    return new Promise((answered) => {
      this.#waiting.push({ event, answered });
      this.#handOut();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', outcome] = /\/invocation\/([^/]+)(?:\/(response|error))?$/.exec(request.url ?? '') ?? [];
    if (id === 'next') {
      this.#parked = response;
      return this.#handOut();
    }
    const content = (await json(request)) as Answer['content'];
    response.writeHead(202).end();
    this.#underWay.get(id)?.answered({ outcome: outcome as Answer['outcome'], content });
  }

  #handOut(): void {
    const [invocation, response] = [this.#waiting[0], this.#parked];
    if (!invocation || !response) return;
    this.#waiting.shift();
    this.#parked = undefined;
    const id = String((this.#count += 1));
    this.#underWay.set(id, invocation);
    const deadline = String(Date.now() + 300_000);
    response.setHeader('lambda-runtime-aws-request-id', id).setHeader('lambda-runtime-deadline-ms', deadline);
    response.end(JSON.stringify(invocation.event));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process;
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
