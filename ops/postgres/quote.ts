import pg from 'pg';

/** An SQL identifier, always quoted. */
export function identifier(name: string): string {
  return pg.escapeIdentifier(name);
}

/** An SQL string literal. */
export function literal(text: string): string {
  return pg.escapeLiteral(text);
}

/** `"schema"."name"`. */
export function qualified(schema: string, name: string): string {
  return `${identifier(schema)}.${identifier(name)}`;
}
