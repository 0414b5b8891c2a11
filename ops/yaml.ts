import { isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { messageOf } from './errors.ts';

/** One thing wrong in a YAML text. */
export interface YamlProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A YAML text as plain values. */
export interface YamlText {
  /** As far as the text can be read: with problems it is not what was meant. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
}

/** Reads a YAML text of anybody's. What cannot be a plain value, or would be lost as one, is a problem with its line. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineOf = (offset = 0) => lines.linePos(offset).line;
  const mistakes = document.errors.map(({ pos, message }) => ({
    line: lineOf(pos[0]),
    message: message.split('\n')[0]!,
  }));
  const tooDeep = mistakes.find(({ message }) => message.includes('call stack'));
  if (tooDeep) return { value: undefined, problems: [{ line: tooDeep.line, message: 'nested too deep to be read.' }] };
  const problems = [...mistakes, ...namesWithoutValue(document, lineOf)];
  try {
    return { value: document.toJS(), problems };
  } catch (error) {
    // an alias of nothing, named already; or aliases of aliases of aliases, which would fill the memory
    const endless = { line: 1, message: `${messageOf(error)}.` };
    return { value: undefined, problems: problems.length > 0 ? problems : [endless] };
  }
}

/** Aliases of nothing; and the one name that no object can have as a key of its own, so that what it says would be dropped. */
function namesWithoutValue(document: Document, lineOf: (offset?: number) => number): YamlProblem[] {
  const problems: YamlProblem[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return;
      problems.push({
        line: lineOf(alias.range?.[0]),
        message: `*${alias.source} stands for nothing: no anchor has that name before it.`,
      });
    },
    Pair(_key, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return;
      problems.push({ line: lineOf(key.range?.[0]), message: '__proto__ cannot be a key here: rename what it names.' });
    },
  });
  return problems;
}
