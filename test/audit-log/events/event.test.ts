import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashInput, newEvent, parseEvent } from '../../../audit-log/events/index.ts';
import { call } from '../../support/events.ts';

const at = new Date('2025-09-22T15:37:06.123Z');

describe('an event', () => {
  test('has an identity made once: a UUIDv7 whose time is ts', () => {
    const { event_id, ts } = newEvent(call, at);
    expect(ts).toBe('2025-09-22T15:37:06.123Z');
    expect(event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    expect(Number.parseInt(event_id.replaceAll('-', '').slice(0, 12), 16)).toBe(at.getTime());
  });

  test('is another one each time, and sorts by its time', () => {
    const ids = Array.from({ length: 10_000 }, () => newEvent(call, at).event_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(newEvent(call, new Date(at.getTime() + 1)).event_id > newEvent(call, at).event_id).toBe(true);
  });

  test('comes back from a line of JSON as it was', () => {
    const event = newEvent({ ...call, graph_node: 'plan' }, at);
    expect(parseEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  test('is refused with half an identity, because a retry would get another half', () => {
    const { event_id, ts } = newEvent(call, at);
    expect(parseEvent({ ...call, event_id, ts }, new Date())).toMatchObject({ event_id, ts });
    expect(() => parseEvent({ ...call, event_id }, new Date())).toThrow('ts must be a UTC time');
    expect(() => parseEvent({ ...call, ts }, new Date())).toThrow('event_id must be a UUIDv7');
  });

  test('may leave out what the seed calls optional', () => {
    const { graph_run_id, graph_node, job_id, input_hash, ...rest } = newEvent(call, at);
    expect(parseEvent(rest)).toMatchObject({ graph_run_id, graph_node, job_id, input_hash });
  });
});

describe('payload is refused', () => {
  const smuggled: Record<string, Record<string, unknown>> = {
    'in a column of its own': { input: 'delete all customers' },
    'as a sentence in a name': { action: 'delete all customers of Kyiv' },
    'as JSON in a name': { req_id: '{"card":"4111111111111111"}' },
    'as an object': { tool: { name: 'x', arguments: { q: 'secret' } } },
    'as an array': { job_id: ['secret'] },
    'as a long name': { graph_node: 'x'.repeat(129) },
    'as a hash that is none': { input_hash: 'secret' },
    'as a hash without a key': { input_hash: 'a'.repeat(64) },
    'behind a line break': { user_id: 'user-1\nsecret' },
    'behind a NUL': { user_id: 'user-1\u0000secret' },
    'as a time': { ts: 'delete all customers now' },
    'as a size': { in_size: '100; secret' },
    'in __proto__': JSON.parse('{"__proto__": "secret"}'),
    'under the name of what every object has': { constructor: 'secret' },
  };
  test.each(Object.entries(smuggled))('%s', (_how, extra) => {
    expect(() => parseEvent({ ...newEvent(call, at), ...extra })).toThrow(/EVENT_INVALID|not a tool event/);
  });

  test('and the refusal does not repeat it', () => {
    expect(() => parseEvent({ ...newEvent(call, at), action: 'delete all customers' })).toThrow(
      'This is not a tool event: action must be a name.',
    );
  });

  test('whatever is sent, what is accepted has the columns of an event and nothing else', () => {
    const columns = Object.keys(newEvent(call, at)).sort();
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (extra) => {
        try {
          expect(Object.keys(parseEvent({ ...newEvent(call, at), ...extra })).sort()).toEqual(columns);
        } catch (error) {
          expect(error).toMatchObject({ code: 'EVENT_INVALID' });
        }
      }),
    );
  });
});

test('every mistake is named at once', () => {
  const wrong = { ...newEvent(call, at), status: 'ok', duration_ms: -1, ts: '22.09.2025' };
  expect(() => parseEvent(wrong)).toThrow(/ts must be .*; status must be one of .*; duration_ms must be/);
});

test('the hash of an input needs its key, and says which', () => {
  const [old, young] = [
    { id: '2025', secret: 'one secret' },
    { id: '2026', secret: 'another one' },
  ];
  expect(hashInput('yes', old)).toMatch(/^hmac-sha256:2025:[0-9a-f]{64}$/);
  expect(hashInput('yes', old)).toBe(hashInput('yes', old));
  expect(hashInput('yes', old).slice(17)).not.toBe(hashInput('yes', young).slice(17));
  expect(newEvent({ ...call, input_hash: hashInput('yes', old) }, at).input_hash).toContain('2025');
});
