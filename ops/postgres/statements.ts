import { setFlagsFromString } from 'node:v8';

/** A statement of a script: its parse tree, where it begins (in UTF-16 units) and its text. */
export interface Statement {
  /** The kind of node: `CreateStmt`, `ViewStmt`, `TransactionStmt` … */
  readonly kind: string;
  readonly node: StatementNode;
  readonly start: number;
  readonly text: string;
  /** Turns a node's `location`, which counts bytes of the script, into an offset in UTF-16 units. */
  at(location: number): number;
}

/** A node of Postgres's own parse tree; the reader narrows what it needs. */
export type StatementNode = Record<string, any>;

/**
 * A script in its statements, by the parser of Postgres itself.
 * @returns undefined when it does not parse: the server's own error says it better
 */
export async function parseScript(script: string): Promise<Statement[] | undefined> {
  const parse = await (parser ??= loadParser());
  const tree = await parse(script).catch(() => undefined);
  if (!tree) return undefined;
  const bytes = Buffer.from(script);
  const at = (location: number) => bytes.subarray(0, location).toString().length;
  return (tree.stmts ?? []).map(({ stmt, stmt_location = 0, stmt_len }) => {
    const end = stmt_len ? stmt_location + stmt_len : bytes.length;
    const raw = bytes.subarray(stmt_location, end).toString();
    const blank = leadingBlank(raw);
    const [kind = '', node = {}] = Object.entries(stmt ?? {})[0] ?? [];
    return { kind, node, start: at(stmt_location) + blank, text: raw.slice(blank), at };
  });
}

/** What keeps a script from being parsed, and where, in UTF-16 units; undefined when nothing does. */
export async function parseFault(script: string): Promise<{ message: string; offset: number } | undefined> {
  const parse = await (parser ??= loadParser());
  try {
    await parse(script);
    return undefined;
  } catch (error) {
    const { message, sqlDetails } = error as Error & { sqlDetails?: { cursorPosition: number } };
    return { message, offset: utf16Offset(script, sqlDetails?.cursorPosition ?? 0) };
  }
}

/** Postgres counts characters, and JavaScript UTF-16 units. */
export function utf16Offset(text: string, characters: number): number {
  let offset = 0;
  for (let seen = 0; seen < characters && offset < text.length; seen += 1) {
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  }
  return offset;
}

let parser: ReturnType<typeof loadParser> | undefined;

/** Begins to load the parser, for whoever will need it and has to wait for something else first: it takes 40 ms. */
export function prepareParser(): void {
  parser ??= loadParser();
  parser.catch(() => {}); // whoever parses is told
}

/** Loads the parser when it is first needed. Optimising its WebAssembly would take half a gigabyte for a few files' sake. */
async function loadParser() {
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
  const { loadModule, parse } = await import('libpg-query');
  await loadModule();
  return parse;
}

/** The length of the white space and comments that a statement begins with. */
function leadingBlank(text: string): number {
  let length = 0;
  for (let blank = blankAt(text, 0); blank > 0; blank = blankAt(text, length)) length += blank;
  return length;
}

function blankAt(text: string, start: number): number {
  const simple = /(?:\s+|--[^\r\n]*)+/y;
  simple.lastIndex = start;
  return simple.exec(text)?.[0].length ?? blockCommentAt(text, start);
}

/** In Postgres a block comment may hold others. */
function blockCommentAt(text: string, start: number): number {
  if (!text.startsWith('/*', start)) return 0;
  let depth = 0;
  for (const { 0: mark, index } of text.slice(start).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return index + mark.length;
  }
  return 0;
}
