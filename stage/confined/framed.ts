/** What the server says of an error inside a function. */
interface ServerSaid {
  readonly internalQuery?: string;
  readonly where?: string;
}

/** Stands before a statement, so that the server's error tells which one it was. */
export function markOf(index: number): string {
  return `/*drydock ${index}*/ `;
}

const frame =
  /(?:^|\n)(?:SQL statement "\/\*drydock (\d+)\*\/ |PL\/pgSQL function \S*drydock_(?:run|rows)_\d+\(text(?:\[\])?\))/;

/** The number of the statement that failed; -1 when it was none of them. */
export function failedOf(error: unknown): number {
  const { internalQuery = '', where = '' } = error as ServerSaid;
  return Number(/^\/\*drydock (\d+)\*\/ /.exec(internalQuery)?.[1] ?? frame.exec(where)?.[1] ?? -1);
}

/** The error as if the statement had been sent by itself. */
export function unframed(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { where = '' } = error as ServerSaid;
  return Object.assign(new Error(error.message, { cause: error }), error, { where: where.split(frame)[0] });
}
