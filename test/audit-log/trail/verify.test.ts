import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DayPage, Written } from './pages.ts';
import { altered, days, entriesPerDay, forge, textOf, verifyFiles, verifyPages, writeTrail } from './pages.ts';

const { pages, entries } = await writeTrail();
const stranger = await writeTrail('elsewhere');
const last = entries.at(-1)!;
const lastPage = pages.at(-1)!;

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}

/** The pages, with one thing different in the chain line of an entry. */
function withChainLine(entry: Written, written: string, other: string): DayPage[] {
  return altered(pages, (copy) => {
    const blocks = copy[entry.day]!.blocks;
    blocks[entry.block] = blocks[entry.block]!.replace(written, other);
  });
}

test('a trail that nobody touched has no problems, and its head is its last entry', async () => {
  const { number, sha256, heading, file } = last;
  const report = { entries: days * entriesPerDay, head: { number, sha256, heading, file }, problems: [] };
  expect(await verifyPages(pages)).toEqual(report);
  expect(await verifyPages(pages, last.sha256)).toEqual(report);
  expect(await verifyPages(pages, entries[3]!.sha256)).toEqual(report);
  expect(await verifyPages(pages, 9)).toEqual(report);
});

test('a folder without day files has no head', async () => {
  expect(await verifyPages([])).toEqual({ entries: 0, head: null, problems: [] });
});

test('any changed byte is named with its entry', async () => {
  const places = pages.flatMap((page) => [...Buffer.from(textOf(page)).keys()].map((offset) => ({ page, offset })));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), fc.integer({ min: 1, max: 255 }), async ({ page, offset }, mask) => {
      const bytes = Buffer.from(textOf(page));
      bytes[offset]! ^= mask;
      const files = new Map<string, string | Buffer>(pages.map((other) => [other.file, textOf(other)]));
      const [problem] = (await verifyFiles(files.set(page.file, bytes))).problems;

      const parts = [page.title, ...page.blocks].map((part) => Buffer.byteLength(part));
      const part = parts.findIndex((_, index) => offset < parts.slice(0, index + 1).reduce((a, b) => a + b));
      const before = linesIn([page.title, ...page.blocks].slice(0, part).join(''));
      expect(problem).toMatchObject({ file: page.file });
      if (part === 0) {
        expect(problem).toMatchObject({ kind: 'title', line: 1 });
        return;
      }
      const heading = /## (.*)/.exec(page.blocks[part - 1]!)![1]!;
      const number = Number(/entry=(\d+)/.exec(page.blocks[part - 1]!)![1]);
      // Where the heading itself was changed, the number names the entry.
      expect(`${problem!.heading} ${problem!.message}`).toMatch(new RegExp(`${heading} |Entry ${number} `));
      expect(problem!.line).toBeGreaterThan(before);
      expect(problem!.line).toBeLessThanOrEqual(before + 2);
    }),
    { numRuns: 1500 },
  );
});

test.each(entries)('entry $number with another number in its chain line is named once', async (entry) => {
  for (const number of [...entries.map((other) => other.number), 0, 10, 99_999].filter((n) => n !== entry.number)) {
    const { problems } = await verifyPages(withChainLine(entry, `entry=${entry.number} `, `entry=${number} `));
    expect(problems[0]).toMatchObject({ heading: entry.heading, file: entry.file });
    if (number > 0) expect(problems).toMatchObject([{ kind: 'edited' }]);
  }
});

test.each([
  ['entry=5 ', 'entry=05 '],
  [' -->', '  -->'],
  ['sha256=', 'SHA256='],
  ['<!-- ', ' <!-- '],
  [' -->\n', ' -->\r\n'],
])('a chain line that says the same in other bytes, %j for %j, is named', async (written, other) => {
  const { problems } = await verifyPages(withChainLine(entries[4]!, written, other));
  expect(problems[0]).toMatchObject({ kind: 'unchained', heading: entries[4]!.heading });
});

test('a trail that starts in the middle of another is named', async () => {
  const first = forge({ number: 1, day: '2025-09-22', prev: entries[0]!.sha256 }, 'First', 'Nothing before this.');
  const { problems } = await verifyPages([{ ...pages[0]!, blocks: [first] }]);
  expect(problems).toMatchObject([{ kind: 'edited', heading: 'First' }]);
});

test.each(entries.slice(0, -1))('entry $number, taken out, is named as missing', async ({ number, day, block }) => {
  const { problems } = await verifyPages(altered(pages, (copy) => copy[day]!.blocks.splice(block, 1)));
  expect(problems).toMatchObject([
    {
      kind: 'removed',
      heading: `Close-Out ${number + 1}`,
      message: expect.stringContaining(`Entry ${number} is missing`),
    },
  ]);
});

test.each([
  ['first', 0, '3 of the entries 1 to 3 are missing before entry 4'],
  ['middle', 1, '3 of the entries 4 to 6 are missing before entry 7'],
])('the %s day file, taken away, is named by the entries it held', async (_which, day, message) => {
  const { problems } = await verifyPages(altered(pages, (copy) => copy.splice(day, 1)));
  expect(problems).toMatchObject([{ kind: 'removed', file: pages[day + 1]!.file, line: 4 }]);
  expect(problems[0]!.message).toContain(message);
});

test('a cut-off end looks whole, and only the head kept elsewhere shows it', async () => {
  for (let kept = 1; kept < entries.length; kept += 1) {
    const shorter = altered(pages, (copy) => {
      for (const page of copy) page.blocks.splice(Math.max(0, kept - copy.indexOf(page) * entriesPerDay));
      copy.splice(Math.ceil(kept / entriesPerDay));
    });
    expect(await verifyPages(shorter)).toMatchObject({ entries: kept, problems: [] });
    for (const head of [last.sha256, last.number, entries[kept]!.sha256, kept + 1]) {
      const { problems } = await verifyPages(shorter, head);
      expect(problems).toMatchObject([{ kind: 'cut', heading: `Close-Out ${kept}` }]);
      expect(problems[0]!.message).toContain(`ends with entry ${kept}`);
    }
  }
});

test('a trail of which nothing is left lacks the head kept elsewhere', async () => {
  const { problems } = await verifyPages([], last.sha256);
  expect(problems).toMatchObject([{ kind: 'cut', heading: null, message: expect.stringContaining(last.sha256) }]);
});

test('a day file of which only the title is left is named', async () => {
  const { problems } = await verifyPages(altered(pages, (copy) => copy[2]!.blocks.splice(0)));
  expect(problems).toMatchObject([{ kind: 'empty', file: lastPage.file, line: 1 }]);
});

test('any two entries that change places are named where the later one now stands', async () => {
  for (const [index, a] of entries.entries()) {
    for (const b of entries.slice(index + 1)) {
      const { problems } = await verifyPages(
        altered(pages, (copy) => {
          copy[a.day]!.blocks[a.block] = pages[b.day]!.blocks[b.block]!;
          copy[b.day]!.blocks[b.block] = pages[a.day]!.blocks[a.block]!;
        }),
      );
      expect(problems[0]).toMatchObject({ kind: 'reordered', file: a.file, heading: b.heading });
    }
  }
});

test('any entry copied to any place is named as the copy', async () => {
  for (const entry of entries) {
    // A copy right before its original is one right after it, byte for byte.
    for (const place of entries.filter(({ number, day }) => number !== entry.number - 1 || day !== entry.day)) {
      const copied = altered(pages, (copy) => {
        copy[place.day]!.blocks.splice(place.block + 1, 0, pages[entry.day]!.blocks[entry.block]!);
      });
      // In the file of another day a copy does not even have its own sha256.
      const kind = place.day === entry.day ? 'duplicated' : 'edited';
      const { problems } = await verifyPages(copied);
      expect(problems).toMatchObject([{ kind, file: place.file, heading: entry.heading }]);
      const line = linesIn(
        textOf({ ...copied[place.day]!, blocks: copied[place.day]!.blocks.slice(0, place.block + 1) }),
      );
      expect(problems[0]!.line).toBe(line + 2);
    }
  }
});

test.each(entries.slice(0, -1))('a forged entry after entry $number, hashed to fit, is named', async (entry) => {
  const position = { number: entry.number + 1, day: entry.file.slice(0, 10), prev: entry.sha256 };
  const forged = forge(position, 'Forged', 'All went well.');
  const forgery = altered(pages, (copy) => copy[entry.day]!.blocks.splice(entry.block + 1, 0, forged));
  const { problems } = await verifyPages(forgery, last.sha256);
  expect(problems).toMatchObject([{ kind: 'inserted', heading: 'Forged', file: entry.file }]);
  // Of two last entries only the head kept elsewhere can tell which is genuine; that they cannot both be, the chain tells.
  const isRivalOfLast = entry.number === last.number - 1;
  const heading = isRivalOfLast ? last.heading : 'Forged';
  expect((await verifyPages(forgery)).problems).toMatchObject([{ kind: 'inserted', heading }]);
});

test.each(entries)('entry $number, rewritten and hashed anew, is named', async (entry) => {
  const position = { number: entry.number, day: entry.file.slice(0, 10), prev: entry.prev };
  const rewritten = forge(position, entry.heading, 'All went well.');
  const forged = altered(pages, (copy) => (copy[entry.day]!.blocks[entry.block] = rewritten));
  const { problems } = await verifyPages(forged, last.sha256);
  const kind = entry === last ? 'cut' : 'edited';
  expect(problems).toMatchObject([{ kind, heading: entry.heading, file: entry.file }]);
});

test.each(entries)('entry $number, replaced by that of another trail, is named', async (entry) => {
  const foreign = stranger.pages[entry.day]!.blocks[entry.block]!;
  const { problems } = await verifyPages(
    altered(pages, (copy) => (copy[entry.day]!.blocks[entry.block] = foreign)),
    last.sha256,
  );
  // At the end nothing follows that could tell which of the last two is the stranger.
  const suspect = entry === last ? entries.at(-2)! : entry;
  expect(problems[0]).toMatchObject({ kind: 'edited', heading: suspect.heading });
});

test('another trail in the place of this one lacks the head kept elsewhere', async () => {
  const { problems } = await verifyPages(stranger.pages, last.sha256);
  expect(problems).toMatchObject([{ kind: 'cut' }]);
});

test('an end torn at any byte is named at the torn entry', async () => {
  const text = textOf(lastPage);
  const start = text.length - lastPage.blocks.at(-1)!.length;
  const line = linesIn(text.slice(0, start)) + 1;
  for (let end = start + 1; end < text.length; end += 1) {
    const files = new Map(pages.map((page) => [page.file, textOf(page)])).set(lastPage.file, text.slice(0, end));
    const { problems } = await verifyFiles(files);
    expect(problems).toMatchObject([{ kind: expect.stringMatching(/torn|outside/), file: lastPage.file }]);
    expect(problems[0]!.line - line).toBeOneOf([0, 1]);
  }
});

test.each(entries)('a note by hand inside entry $number is named, and why it is not allowed', async (entry) => {
  for (const note of ['Looks fine to me.', '## Looks fine to me']) {
    const noted = altered(pages, (copy) => {
      const blocks = copy[entry.day]!.blocks;
      blocks[entry.block] = blocks[entry.block]!.replace('### Steps', `${note}\n\n### Steps`);
    });
    const { problems } = await verifyPages(noted);
    expect(problems).toMatchObject([{ kind: 'edited', heading: entry.heading, file: entry.file }]);
    expect(problems[0]!.message).toContain('a note added inside it');
  }
});

test.each(entries)('a note by hand after entry $number is named where it stands', async (entry) => {
  const isLastOfDay = entry.block === entriesPerDay - 1;
  const cases = [
    { note: '\nLooks fine to me.\n', kind: 'outside', heading: null },
    { note: '\n## Sign-off\n\nFine.\n', kind: isLastOfDay ? 'torn' : 'unchained', heading: 'Sign-off' },
  ];
  for (const { note, kind, heading } of cases) {
    const noted = altered(pages, (copy) => copy[entry.day]!.blocks.splice(entry.block + 1, 0, note));
    const { problems } = await verifyPages(noted);
    const above = textOf({ ...pages[entry.day]!, blocks: pages[entry.day]!.blocks.slice(0, entry.block + 1) });
    expect(problems).toMatchObject([{ kind, heading, file: entry.file, line: linesIn(above) + 2 }]);
  }
});

test('a note between the title and the first entry is named', async () => {
  const { problems } = await verifyPages(altered(pages, (copy) => copy[1]!.blocks.unshift('\nSet up by hand.\n')));
  expect(problems).toMatchObject([{ kind: 'outside', file: pages[1]!.file, line: 4, heading: null }]);
});

test.each(entries)('entry $number without its chain line is named', async (entry) => {
  const { problems } = await verifyPages(
    altered(pages, (copy) => {
      const blocks = copy[entry.day]!.blocks;
      blocks[entry.block] = blocks[entry.block]!.replace(/<!--.*\n/, '');
    }),
  );
  const kind = entry.block === entriesPerDay - 1 ? 'torn' : 'unchained';
  expect(problems[0]).toMatchObject({ kind, heading: entry.heading, file: entry.file });
});

test('a renamed day file is named by its title', async () => {
  const { problems } = await verifyPages(altered(pages, (copy) => (copy[2]!.file = '2025-09-25.md')));
  expect(problems[0]).toMatchObject({ kind: 'title', file: '2025-09-25.md', line: 1 });
});

test('an entry is bound to its day, so that a day file renamed with its title is named too', async () => {
  const renamed = altered(pages, (copy) => {
    copy[2]!.file = '2025-09-25.md';
    copy[2]!.title = copy[2]!.title.replace('2025-09-24', '2025-09-25');
  });
  const { problems } = await verifyPages(renamed);
  expect(problems[0]).toMatchObject({ kind: 'edited', file: '2025-09-25.md', heading: 'Close-Out 7' });
});

test('a day file whose line breaks were converted is named', async () => {
  const files = new Map(pages.map((page) => [page.file, textOf(page)]));
  const { problems } = await verifyFiles(files.set(pages[0]!.file, textOf(pages[0]!).replaceAll('\n', '\r\n')));
  expect(problems[0]).toMatchObject({ kind: 'title', file: pages[0]!.file, line: 1 });
});
