import { describe, expect, test } from 'vitest';
import { fileTallies, privacyDigest, privacyMarkdown } from '../../../audit-log/digests/index.ts';
import type { GivenCall } from '../../../audit-log/events/index.ts';
import { at, events, placeOf, spool, window, yesterday } from '../../support/digests.ts';
import { spoolDirectory } from '../../support/events.ts';

describe('a privacy digest', () => {
  test('finds personal data in names and masks it, counts sizes and refusals, and says what of the retention holds', async () => {
    await using directory = await spoolDirectory();
    const personal: Partial<GivenCall>[] = [
      { user_id: 'card-4111-1111-1111-1111' },
      { user_id: 'card-4111-1111-1111-1112' }, // not a card: the check digit is wrong
      { user_id: 'card-4929-0000-0000-0018' }, // nines count as they are where no digit is doubled, and as nine where one is
      { user_id: '+380-44-123-4567' },
      { workspace_id: 'passport:FE123456' },
    ];
    spool(directory.path, yesterday, [...events, ...personal.map((call, i) => at(12 + i / 10, call))]);
    const digest = await privacyDigest(
      placeOf(fileTallies(directory.path, '')),
      window,
      { audit_jsonl_days: 30, audit_postgres_days: 90 },
      { jsonl: '2020-01-01', postgres: undefined },
    );
    expect(digest.findings.map(({ id, level }) => [id, level])).toEqual([
      ['DG-PII-003', 'error'],
      ['DG-PII-003', 'error'],
      ['DG-PII-001', 'warning'],
      ['DG-PII-002', 'warning'],
      ['DG-PII-004', 'warning'],
    ]);
    expect(privacyMarkdown(digest, 1)).not.toContain('olena@');
    expect(digest.sizes.largest[0]).toEqual({ tool: 'browser', largest_out: 9_000 });
    expect(digest.denied).toEqual([{ agent: 'helion', tool: 'search', calls: 1 }]);
    expect(digest.retention.map(({ place, verdict }) => [place, verdict])).toEqual([
      ['jsonl', 'no-go'],
      ['postgres', 'unproven'],
    ]);
  });

  test('allows the day that turned too old today, until the job of the night has run', async () => {
    await using directory = await spoolDirectory();
    const policy = { audit_jsonl_days: 30, audit_postgres_days: 90 };
    const verdict = async (daysAgo: number) => {
      const oldest = new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
      const place = placeOf(fileTallies(directory.path, ''));
      const { retention } = await privacyDigest(place, window, policy, { jsonl: oldest, postgres: null });
      return retention.map((line) => line.verdict);
    };
    expect(await verdict(31)).toEqual(['go', 'go']);
    expect(await verdict(32)).toEqual(['no-go', 'go']);
  });
});
