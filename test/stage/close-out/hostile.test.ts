import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTrail, verifyTrail } from '../../../audit-log/trail/index.ts';
import { Redactor } from '../../../ops/redact.ts';
import { closeOut } from '../../../stage/close-out/index.ts';
import type { Report } from '../../../stage/report.ts';
import { hostileText } from '../../support/hostile.ts';
import { bad, entryOf, gate, report, temporaryPlace, withMeasurement } from './good-run.ts';

describe('names that want to be more than names', () => {
  /** The same run, with a hostile text in every place that somebody else can write. */
  function hostileReport(text: string): Report {
    return {
      ...report,
      project: text,
      actor: text,
      commit: text,
      steps: [{ ...report.steps[0]!, summary: text }],
      gates: [{ ...gate, reasons: [text] }],
      measurements: [...report.measurements.slice(1), bad('check/rls_by_default', text, text)],
      matrix: [{ ...report.matrix[0]!, role: text, schema: text }],
      credentials: [{ ...report.credentials[0]!, role: text, rights: [text] }],
      answers: [{ title: text, rows: [{ column: text }] }],
      remarks: [text],
      error: { code: 'SQL_FAILED', message: text, hint: text, location: null, excerpt: text },
    };
  }

  const skeleton = (entry: string) => ({
    headings: entry.match(/^#+ /gm)!.length,
    rows: entry
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((row) => row.match(/(?<!\\)\|/g)!.length),
    boxes: entry.match(/^- \[[ x]\]/gm)!.length,
    lines: entry.split('\n').length,
  });

  test('leave the form of the entry and the chain as they are', async () => {
    const plain = skeleton(await entryOf(hostileReport('plain')));
    await fc.assert(
      fc.asyncProperty(
        hostileText.filter((text) => text !== ''),
        async (text) => {
          await using place = await temporaryPlace();
          for (const run of [hostileReport(text), report]) await closeOut(place, run, [], new Redactor());
          const [entry] = await readTrail(place.trail);
          expect(skeleton(`## ${entry!.heading}\n${entry!.body}`)).toEqual(plain);
          expect(await verifyTrail(place.trail)).toMatchObject({ entries: 2, problems: [] });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a registered secret', () => {
  test.each(['plain-secret-1234', 'ab-_cd_*[x]|`_-', 'quote"back\\slash', "it's <b>&amp;", 'ü🚢 password'])(
    '%j is in no file that a run writes, however it is escaped there',
    async (secret) => {
      const redactor = new Redactor();
      redactor.add(secret);
      const text = `said ${secret} aloud`;
      await using place = await temporaryPlace();
      const finding = bad('check/rls', text, text);
      const leaky: Report = {
        ...report,
        ...withMeasurement(finding),
        remarks: [text],
        answers: [{ title: text, rows: [{ column: text }] }],
        error: { code: 'SQL_FAILED', message: text, hint: text, location: null, excerpt: text },
        steps: [{ ...report.steps[0]!, summary: text, findings: finding.findings }],
      };
      const evidence = [{ name: 'a.json', title: text, content: JSON.stringify({ text }) }];
      const returned = await closeOut(place, leaky, evidence, redactor);
      const written = await allTextBelow(join(place.trail, '..'));
      expect(written).toContain('said [redacted] aloud');
      expect(JSON.stringify(returned)).toContain('said [redacted] aloud');
      // between these two words stood the secret, in whatever form
      for (const content of [written, JSON.stringify(returned)]) {
        expect(content.match(/said (?!\[redacted\]|\\\[redacted\\\]).*aloud/)).toBeNull();
      }
    },
  );
});

async function allTextBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(md|json)$/.test(entry.name));
  expect(files.length).toBeGreaterThan(3);
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')))).join('\n');
}
