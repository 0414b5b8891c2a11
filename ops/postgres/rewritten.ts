import type { SqlSection } from './sql-file.ts';

/** A part of a file as it is sent: as it is, with something around it, or with its placeholders filled in. */
export interface Rewritten {
  readonly text: string;
  /** Where in the file stands what stands at an offset of `text`. */
  offsetInFile(offset: number): number;
}

export function unchanged({ text, start }: SqlSection): Rewritten {
  return { text, offsetInFile: (offset) => start + offset };
}

/** A statement inside another one. A line of its own for what follows: the statement may end in a comment. */
export function wrapped({ text, start }: SqlSection, before: string, after: string): Rewritten {
  return {
    text: `${before}${text}\n${after}`,
    offsetInFile: (offset) => start + Math.min(Math.max(offset - before.length, 0), text.length),
  };
}

/** A statement with a value in every place of `placeholder`; what is wrong inside the value is shown at its placeholder. */
export function filledIn({ text, start }: SqlSection, placeholder: string, value: string): Rewritten {
  const parts = text.split(placeholder);
  return {
    text: parts.join(value),
    offsetInFile(offset) {
      let [sent, source] = [0, start];
      for (const part of parts) {
        if (offset <= sent + part.length) return source + Math.max(offset - sent, 0);
        sent += part.length + value.length;
        source += part.length + placeholder.length;
        if (offset < sent) return source - placeholder.length;
      }
      return source;
    },
  };
}
