/** A call in an expression, and where it stands. */
export interface Call {
  /** Null for a function of the server's own. */
  readonly schema: string | null;
  readonly name: string;
  /** Offset in the expression. */
  readonly start: number;
  /** From its name to the parenthesis that closes it. */
  readonly text: string;
}

type Tree = Record<string, any>;

/**
 * Every node of an expression that stands in no query of its own.
 * @param isWhole for nodes that are yielded, but not looked into
 */
export function* outsideQueries(tree: unknown, isWhole: (node: Tree) => boolean = () => false): Generator<Tree> {
  if (typeof tree !== 'object' || tree === null) return;
  const node = tree as Tree;
  if (!Array.isArray(tree)) yield node;
  if (isWhole(node)) return;
  for (const [key, value] of Object.entries(node)) if (key !== 'subselect') yield* outsideQueries(value, isWhole);
}

/** What stands between quotes, which may hold parentheses: 'text', E'text' with backslashes, "name". */
const quoted = /[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"/y;

/** The text of the call that begins at an offset of an expression. */
export function callText(expression: string, start: number): string {
  let depth = 0;
  for (let place = start; place < expression.length; place += 1) {
    quoted.lastIndex = place;
    const skipped = quoted.exec(expression)?.[0].length;
    if (skipped) place += skipped - 1;
    else if (expression[place] === '(') depth += 1;
    else if (expression[place] === ')' && --depth === 0) return expression.slice(start, place + 1);
  }
  return expression.slice(start);
}
