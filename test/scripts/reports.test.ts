import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import Ajv4 from 'ajv-draft-04';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Log } from 'sarif';
import type { Report } from '../../stage/report.ts';
import reportSchema from '../../ops/report.schema.json' with { type: 'json' };
import { temporaryFolder } from '../support/home.ts';
import { TestProject } from '../support/project.ts';

/** The official schema, as Microsoft's matchers for SARIF carry it. */
const sarifSchema = createRequire(import.meta.url)('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

interface Told {
  readonly report: Report;
  readonly sarif: Log;
  readonly junit: string;
  readonly html: string;
}

async function runAndRead(project: TestProject): Promise<Told> {
  const report = JSON.parse((await project.drydock('run', '--json')).stdout) as Report;
  const read = (name: string) => readFile(join(project.folder, '.drydock/runs', report.runId, name), 'utf8');
  return {
    report,
    sarif: JSON.parse(await read('report.sarif')) as Log,
    junit: await read('report.junit.xml'),
    html: await read('report.html'),
  };
}

const hostile = `<script>alert("x")</script> & 'quoted' ]]> \u202e\u0007`;
let going: Told;
let violated: Told;
let failed: Told;

beforeAll(async () => {
  await using project = await TestProject.copy(folder.path);
  going = await runAndRead(project);
  await project.write(
    'sql/checks/hostile.sql',
    `-- title: Nothing is ${hostile.replace('\u0007', '')}\n-- why: names come from anywhere\n-- remedy: Rename it.\n-- as: shop_service\n
select U&'${hostile.replaceAll("'", "''").replace('\u0007', '\\0007')}' as object, 2::bigint as examined, 1::bigint as violations, 'found' as detail;\n`,
  );
  violated = await runAndRead(project);
  await project.write('sql/shop/0020_wrong.sql', '-- title: Wrong\n\nselect nothing from nowhere;\n');
  failed = await runAndRead(project);
});

const all = () => [going, violated, failed];

function validator(schema: object) {
  const Validator = '$schema' in schema && String(schema.$schema).includes('2020') ? Ajv2020 : Ajv4.default;
  const ajv = new Validator({ strict: false, allErrors: true, unicodeRegExp: false });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  return (value: unknown) =>
    validate(value) ? [] : validate.errors!.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the reports of a run', () => {
  test('are of three outcomes, so that what follows says something', () => {
    expect(all().map(({ report }) => report.outcome)).toEqual(['go', 'no-go', 'failed']);
  });

  test('--json is as the published schema says, which allows nothing else', () => {
    const faults = validator(reportSchema);
    expect(all().flatMap(({ report }) => faults(report))).toEqual([]);
    expect(faults({ ...going.report, surprise: 1 })).toHaveLength(1);
  });

  test('SARIF is valid against the official schema, with file and line', () => {
    const faults = validator(sarifSchema);
    expect(all().flatMap(({ sarif }) => faults(sarif))).toEqual([]);
    const result = violated.sarif.runs[0]!.results!.find(({ ruleId }) => ruleId === 'check/hostile')!;
    expect(result).toMatchObject({
      level: 'error',
      locations: [
        { physicalLocation: { artifactLocation: { uri: 'sql/checks/hostile.sql' }, region: { startLine: 1 } } },
      ],
    });
    expect(failed.sarif.runs[0]!.invocations![0]!.toolExecutionNotifications).toHaveLength(1);
  });

  test('what could not be decided is no pass in any of them', () => {
    const open = failed.sarif.runs[0]!.results!.filter(({ kind }) => kind === 'open');
    const unproven = failed.report.measurements.filter(({ verdict }) => verdict === 'unproven');
    expect(open.length).toBe(unproven.length);
    const required = failed.report.gates.filter((gate) => gate.required && gate.verdict === 'unproven');
    expect(required.length).toBeGreaterThan(0);
    expect(failed.junit.match(/<error message="unproven/g)!.length).toBe(required.length + unproven.length);
  });

  test('JUnit counts what it lists', () => {
    for (const { junit } of all()) {
      const [, tests, failures, errors, skipped] =
        /<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="(\d+)" skipped="(\d+)"/.exec(junit)!;
      const listed = ['testcase', 'failure', 'error', 'skipped'].map(
        (tag) => (junit.match(new RegExp(`<${tag}[ >]`, 'g')) ?? []).length,
      );
      expect(listed).toEqual([tests, failures, errors, skipped].map(Number));
    }
  });

  test('a name from the database is text in HTML and XML, and never markup', () => {
    for (const text of [violated.html, violated.junit]) {
      expect(text).not.toContain('<script');
      expect(text).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;quoted&#39;');
      expect(text).not.toMatch(/[\u0007\u202e]/);
      expect(text).toContain(']]&gt; ⟨U+202E⟩␇');
    }
  });

  test('the page needs no network, says the verdict first, and shows the contract', () => {
    const { html } = violated;
    expect(html.match(/(?:src|href)=|@import|url\(/g)).toBeNull();
    expect(html.indexOf('NO-GO')).toBeLessThan(html.indexOf('<h2>Gates'));
    expect(html).toContain('aria-label="Who may do what"');
    expect(html).toContain('Rename it.');
  });
});
