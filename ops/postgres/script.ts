import pg from 'pg';
import { messageOf } from '../errors.ts';

/** What `Session.script` throws: the server's error, and how many statements went well before it. */
export class ScriptFailure extends Error {
  readonly completed: number;

  constructor(completed: number, cause: unknown) {
    super(messageOf(cause), { cause });
    this.completed = completed;
  }
}

type Result = pg.QueryResult<Record<string, unknown>>;

/** A simple query that counts its completed statements: the server's error alone often has no position. */
export class ScriptQuery {
  readonly #text: string;
  completed = 0;

  constructor(text: string) {
    this.#text = text;
  }

  runOn(client: pg.Client): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, result: Result | Result[]) =>
        error ? reject(error) : resolve(Array.isArray(result) ? result : [result]);
      const query = new pg.Query(this.#text, undefined, done as never) as pg.Query & {
        handleCommandComplete(message: unknown, connection: unknown): void;
      };
      const handle = query.handleCommandComplete.bind(query);
      query.handleCommandComplete = (message, connection) => {
        this.completed += 1;
        handle(message, connection);
      };
      client.query(query);
    });
  }
}
