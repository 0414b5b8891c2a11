import pg from 'pg';

/** A column that a statement returns: its name, its type's oid and the modifier of the type. */
export interface Column {
  readonly name: string;
  readonly type: number;
  readonly modifier: number;
}

/** What of pg's connection is used here beyond its types. */
interface Wire {
  parse(message: { text: string }): void;
  describe(message: { type: 'S'; name: string }): void;
  sync(): void;
}

/** Asks the server what a statement returns. It is parsed, and neither planned nor run. */
export function describeOn(client: pg.Client, text: string): Promise<Column[]> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, result?: pg.QueryResult) =>
      error ? reject(error) : resolve(result!.fields.map(columnOf));
    const query = new pg.Query({ text, queryMode: 'extended' } as pg.QueryConfig, undefined, done as never);
    const prepare = (wire: Wire) => {
      wire.parse({ text });
      wire.describe({ type: 'S', name: '' });
      wire.sync();
    };
    client.query(Object.assign(query, { prepare }));
  });
}

function columnOf({ name, dataTypeID, dataTypeModifier }: pg.FieldDef): Column {
  return { name, type: dataTypeID, modifier: dataTypeModifier };
}
