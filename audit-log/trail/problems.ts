/** Every sentence that verification can say. */

export type ProblemKind =
  | 'title'
  | 'outside'
  | 'unchained'
  | 'torn'
  | 'empty'
  | 'edited'
  | 'removed'
  | 'reordered'
  | 'duplicated'
  | 'inserted'
  | 'evidence'
  | 'cut';

/** One thing that is not as it was written, and where. */
export interface TrailProblem {
  file: string;
  /** The line where it starts, from 1. */
  line: number;
  /** The heading of the entry it concerns, if there is one. */
  heading: string | null;
  kind: ProblemKind;
  message: string;
}

/** The part of a problem that says where. */
export type Place = Pick<TrailProblem, 'file' | 'line' | 'heading'>;

type Numbered = Place & { number: number };
type Chained = Numbered & { prev: string };

const addedByHand = 'Notes by hand are not allowed in the trail: keep them in a file of their own.';

export function titleChanged(place: Place): TrailProblem {
  return problem(place, 'title', `${place.file} does not start with its title and date, each on a line of its own.`);
}

export function textOutside(place: Place): TrailProblem {
  return problem(place, 'outside', `This text belongs to no entry. ${addedByHand}`);
}

export function unchained(place: Place): TrailProblem {
  const why = 'it was added by hand, or its chain line was changed or removed';
  return problem(place, 'unchained', `"${place.heading}" has no chain line: ${why}. ${addedByHand}`);
}

export function torn(place: Place): TrailProblem {
  const why = 'its writing or copying was cut short, its chain line was changed, or it was added by hand';
  return problem(place, 'torn', `"${place.heading}", the last in ${place.file}, has no chain line: ${why}.`);
}

export function emptyDay(place: Place): TrailProblem {
  return problem(place, 'empty', `${place.file} holds no entry: the entries it was made for were removed.`);
}

export function edited(place: Numbered): TrailProblem {
  const what = 'a byte of its heading, body or chain line, a note added inside it, or its day';
  return problem(place, 'edited', `Entry ${place.number} is not what was written; what changed is ${what}.`);
}

export function rewritten(place: Numbered, witness: number): TrailProblem {
  const what = `Entry ${place.number} is not the one that belongs beside entry ${witness}`;
  return problem(place, 'edited', `${what}: it was rewritten, or comes from another trail, and was hashed anew.`);
}

export function beginsElsewhere(place: Numbered): TrailProblem {
  return problem(place, 'edited', `Entry ${place.number} does not begin this chain: it comes from another trail.`);
}

export function removed(place: Numbered, gap: { from: number; to: number; count: number }): TrailProblem {
  const { from, to, count } = gap;
  const which = from === to ? `Entry ${from} is` : `${count} of the entries ${from} to ${to} are`;
  return problem(
    place,
    'removed',
    `${which} missing before entry ${place.number}: an entry or a day file was removed.`,
  );
}

export function reordered(place: Numbered, displaced: number): TrailProblem {
  return problem(place, 'reordered', `Entry ${place.number} stands before entry ${displaced}, which it followed.`);
}

export function duplicated(place: Numbered): TrailProblem {
  return problem(place, 'duplicated', `Entry ${place.number} is here a second time: it was copied.`);
}

export function inserted(place: Chained, rival: Chained): TrailProblem {
  const other = `the entry ${rival.number} at ${rival.file}:${rival.line}`;
  const fork = 'If both are by runs at the same time, `drydock trail rebase` puts one after the other.';
  return problem(
    place,
    'inserted',
    `This entry and ${other} cannot both be genuine: this one was inserted, or that one.${
      place.prev === rival.prev ? ` ${fork}` : ''
    }`,
  );
}

export function cut(place: Place, ends: string, expected: string): TrailProblem {
  return problem(place, 'cut', `The trail ends ${ends} and lacks ${expected}: its end was cut off or replaced.`);
}

export function evidenceEdited(place: Numbered, file: string): TrailProblem {
  return problem(place, 'evidence', `${file} is not what entry ${place.number} names: it was edited or replaced.`);
}

export function evidenceMissing(place: Numbered, sha256: string): TrailProblem {
  const what = `The evidence with sha256 ${sha256}, which entry ${place.number} names`;
  return problem(place, 'evidence', `${what}, is not there: it was removed or replaced.`);
}

function problem({ file, line, heading }: Place, kind: ProblemKind, message: string): TrailProblem {
  return { file, line, heading, kind, message };
}
