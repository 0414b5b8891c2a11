/**
 * How the trail is written down. A day file is its title, then entries; an entry is
 *
 *     (empty line)
 *     ## Automation Close-Out (2025-09-22T15:37:06Z)
 *     (empty line)
 *     the body
 *     (empty line)
 *     <!-- drydock entry=3 sha256=… prev=… -->
 *
 * The sha256 covers the line `entry=3 day=2025-09-22 prev=…` and every byte from `## ` up to the chain line.
 * The day is in it so that an entry cannot be moved to another file, nor a file be renamed.
 */
import { sha256 } from '../../ops/evidence.ts';
import { DrydockError } from '../../ops/errors.ts';
import { line } from '../../ops/markdown.ts';
import { visible } from '../../ops/visible.ts';

/** The `prev` of the first entry. */
export const genesis = 'genesis';

/** Where an entry stands in the chain. */
export interface Position {
  number: number;
  /** The day of its file, YYYY-MM-DD, with the name of its chain where it is not the main one. */
  day: string;
  /** The sha256 of the entry before, or `genesis`. */
  prev: string;
}

/** The place after an entry, or the first one. A clock that went back does not reorder the trail: the newest day goes on. */
export function positionAfter(
  last: { number: number; file: string; sha256: string } | undefined,
  day: string,
): Position {
  if (!last) return { number: 1, day, prev: genesis };
  const newest = dayOfFile(last.file);
  return { number: last.number + 1, day: newest > day ? newest : day, prev: last.sha256 };
}

/** `2025-09-22.md`, or `2025-09-22-prod.md` of the chain `prod`. */
const dayFileName = /^\d{4}-\d{2}-\d{2}(?:-([a-z]+))?\.md$/;

/** Whether a file is a day of the trail, or of a chain of its own beside it. */
export function isDayOf(file: string, chain?: string): boolean {
  const name = dayFileName.exec(file);
  return name !== null && name[1] === chain;
}

export const chainLine =
  /(?<=\n)<!-- drydock entry=([1-9]\d{0,14}) sha256=([0-9a-f]{64}) prev=([0-9a-f]{64}|genesis) -->\n/g;

/** What would pass for the end of the entry, for another entry, or hide what follows. */
const forgeries = [
  { looksLike: 'the heading of an entry', pattern: /^ {0,3}#{1,2}(?!\S)/ },
  { looksLike: 'a chain line', pattern: /<!--/ },
];

/** The UTC day of a moment. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export function dayOfFile(file: string): string {
  return file.slice(0, -'.md'.length);
}

/** The lines every day file starts with. */
export function titleOf(day: string): string {
  return `# Audit Trail - Database Housekeeping Operations\n## Date: ${day}\n`;
}

/**
 * The content of an entry, as it is stored and hashed: one kind of line break, no invisible characters.
 * @param body Markdown, in which text of others went through `line`, `cell`, `code`, `table` or `checklist`
 * @throws DrydockError TRAIL_ENTRY_FORGED when a line of the body would pass for a heading of an entry or a chain line
 */
export function contentOf(heading: string, body: string): { heading: string; content: Buffer } {
  const shown = line(heading);
  const text = visible(body.replace(/\r\n?/g, '\n'), '\n\t').replace(/^\n+|\n+$/g, '');
  refuseForgery(shown, text);
  return { heading: shown, content: Buffer.from(text === '' ? `## ${shown}\n\n` : `## ${shown}\n\n${text}\n\n`) };
}

/** The sha256 that binds an entry to its place. */
export function entrySha256({ number, day, prev }: Position, content: Buffer): string {
  return sha256(Buffer.concat([Buffer.from(`entry=${number} day=${day} prev=${prev}\n`), content]));
}

/** The bytes that `content` adds to its day file, chain line included. */
export function chained(position: Position, content: Buffer): Buffer {
  const { number, prev } = position;
  const chain = `<!-- drydock entry=${number} sha256=${entrySha256(position, content)} prev=${prev} -->\n`;
  return Buffer.concat([Buffer.from('\n'), content, Buffer.from(chain)]);
}

function refuseForgery(heading: string, body: string): void {
  for (const [index, bodyLine] of body.split('\n').entries()) {
    const forgery = forgeries.find(({ pattern }) => pattern.test(bodyLine));
    if (!forgery) continue;
    throw new DrydockError(
      'TRAIL_ENTRY_FORGED',
      `Line ${index + 1} of the entry "${heading}" would pass for ${forgery.looksLike}: ${bodyLine.slice(0, 200)}`,
      { hint: 'Render text that comes from elsewhere with line(), cell() or code(), and use headings from ### down.' },
    );
  }
}
