import { chainLine, dayOfFile, entrySha256, titleOf } from './format.ts';
import { emptyDay, textOutside, titleChanged, torn, unchained } from './problems.ts';
import type { Place, TrailProblem } from './problems.ts';

/** An entry as it stands in its file, whether or not it is still what was written. */
export interface StoredEntry {
  file: string;
  /** The line of its heading, from 1. */
  line: number;
  number: number;
  heading: string;
  body: string;
  /** The bytes from its `## ` up to the chain line. */
  content: Buffer;
  sha256: string;
  prev: string;
  /** Whether its bytes have the sha256 of its chain line. */
  intact: boolean;
}

export interface Day {
  file: string;
  entries: StoredEntry[];
  /** What stands outside the entries and should not. */
  strays: TrailProblem[];
}

/** The text up to a chain line, or after the last one. Only the first of a file has a title to start with. */
interface Segment {
  file: string;
  /** One character per byte, so that hashing sees each byte as it is. */
  text: string;
  /** The line its text starts on, from 1. */
  line: number;
  title: string;
  chain: RegExpExecArray | undefined;
}

/** Splits a day file into its entries and what does not belong. */
export function parseDay(file: string, bytes: Buffer): Day {
  const day: Day = { file, entries: [], strays: [] };
  for (const segment of segmentsOf(file, bytes.toString('latin1'))) {
    const entry = segment.chain && entryOf(segment, segment.chain);
    if (entry) day.entries.push(entry);
    const stray = segment.text.startsWith(segment.title) ? strayIn(segment, entry) : titleChanged(topOf(file));
    if (stray) day.strays.push(stray);
  }
  return day;
}

function* segmentsOf(file: string, text: string): Generator<Segment> {
  let [start, line, title] = [0, 1, titleOf(dayOfFile(file))];
  for (const chain of text.matchAll(chainLine)) {
    const segment = { file, text: text.slice(start, chain.index), line, title, chain };
    yield segment;
    [start, line, title] = [chain.index + chain[0].length, line + lineBreaksIn(segment.text) + 1, ''];
  }
  yield { file, text: text.slice(start), line, title, chain: undefined };
}

function entryOf(segment: Segment, chain: RegExpExecArray): StoredEntry {
  const { file, text, title } = segment;
  const [number, sha256, prev] = [Number(chain[1]), chain[2]!, chain[3]!];
  const heading = lastHeadingIn(text);
  const content = Buffer.from(text.slice(heading), 'latin1');
  const intact = entrySha256({ number, day: dayOfFile(file), prev }, content) === sha256;
  // Of a changed entry nothing can be trusted, so all that stands before its chain line counts as the entry.
  const start = intact || !text.startsWith(title) ? heading : title.length;
  return { ...readableAt(segment, start), content, number, sha256, prev, intact };
}

/** What a segment holds besides its title, one line feed and its entry. */
function strayIn(segment: Segment, entry: StoredEntry | undefined): TrailProblem | undefined {
  const { file, text, title, chain } = segment;
  if (entry && !entry.intact) return undefined;
  const end = entry ? lastHeadingIn(text) : text.length;
  const stray = text.slice(title.length, end);
  if (stray === (entry ? '\n' : '')) return !entry && title !== '' ? emptyDay(topOf(file)) : undefined;
  const place = strayPlace(segment, stray);
  if (place.heading === null) return textOutside(place);
  return chain ? unchained(place) : torn(place);
}

function readableAt(segment: Segment, start: number) {
  const { file, text, line } = segment;
  const from = skipLineBreaks(text, start);
  const [heading = '', ...body] = text.slice(from).split('\n');
  return {
    file,
    line: line + lineBreaksIn(text.slice(0, from)),
    heading: decode(heading.replace(/^## /, '')),
    body: decode(body.join('\n').replace(/^\n+|\n+$/g, '')),
  };
}

/** Where stray text starts to say something, and the first heading in it. */
function strayPlace({ file, text, line, title }: Segment, stray: string): Place {
  const heading = /(?<=\n)## (.*)/.exec(`\n${stray}`)?.[1];
  const from = skipLineBreaks(text, title.length);
  return {
    file,
    line: line + lineBreaksIn(text.slice(0, from)),
    heading: heading === undefined ? null : decode(heading),
  };
}

/** No body holds such a line, so the last one is where an unchanged entry starts. */
function lastHeadingIn(text: string): number {
  return text.lastIndexOf('\n## ') + 1;
}

function topOf(file: string): Place {
  return { file, line: 1, heading: null };
}

function skipLineBreaks(text: string, from: number): number {
  let at = from;
  while (text[at] === '\n') at += 1;
  return at;
}

function lineBreaksIn(text: string): number {
  return text.split('\n').length - 1;
}

function decode(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
