import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { Lines, tooLong } from '../../../stage/mcp/lines.ts';
import { AgentStaging } from '../../support/mcp.ts';

let staging: AgentStaging;
beforeAll(async () => {
  staging = await AgentStaging.up();
});
afterAll(() => staging[Symbol.asyncDispose]());

const ping = '{"jsonrpc":"2.0","id":"p","method":"ping"}';

/** Sends lines to a server of its own, each answered before the next; says what came back, and what it printed in all. */
async function conversation(lines: readonly (string | Buffer)[]) {
  const raw = staging.raw();
  const answers: { id: unknown; error?: { code: number } }[] = [];
  const incoming = createInterface({ input: raw.stdout! })[Symbol.asyncIterator]();
  for (const line of lines) {
    raw.stdin!.write(line);
    raw.stdin!.write('\n');
    answers.push(JSON.parse((await incoming.next()).value as string) as (typeof answers)[number]);
  }
  raw.stdin!.end();
  const { stdout, stderr, exitCode } = await raw;
  return { answers, stdout: String(stdout), stderr: String(stderr), exitCode };
}

describe('what is no message', () => {
  test('is answered with what is wrong, and the conversation goes on', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    const call = (args: string) =>
      `{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"query","arguments":${args}}}`;
    const sent: [string | Buffer, id: unknown, code: number | undefined][] = [
      ['{"jsonrpc": "2.0", "id": 1', null, -32700],
      ['nonsense', null, -32700],
      [Buffer.from([0x22, 0xff, 0xfe, 0x22]), null, -32700],
      ['[]', null, -32600],
      [`[${ping},${ping}]`, null, -32600],
      ['{"jsonrpc":"1.0","id":7,"method":"ping"}', 7, -32600],
      ['{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}', null, -32600],
      ['{"jsonrpc":"2.0","id":8,"method":"no/such"}', 8, -32601],
      ['{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":7}}', 9, -32603],
      [`"${'x'.repeat(1024 ** 2)}"`, null, -32600],
      [`{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'y'.repeat(3 * 1024 ** 2)}"}}`, null, -32600],
      [call(`{"sql":${deep}}`), 9, undefined],
      [call('{"__proto__":{"sql":"select 1"}}'), 9, undefined],
      [call('{"sql":"select 1","constructor":{"prototype":{}}}'), 9, undefined],
      [`\n \r\n${ping}`, 'p', undefined],
    ];
    const { answers, exitCode } = await conversation(sent.map(([line]) => line));
    const got = answers.map(({ id, error }) => [id, error?.code]);
    const wanted = sent.map(([, id, code]) => [id, code]);
    expect(got).toEqual(wanted);
    expect(answers.slice(11, 14).map((answer) => JSON.stringify(answer).includes('MCP_ARGUMENTS'))).toEqual([
      true,
      true,
      true,
    ]);
    expect(exitCode).toBe(0);
  });

  test('nothing but the protocol is on standard output, and no login anywhere', async () => {
    const call = (name: string) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}"}}`;
    const { stdout, stderr } = await conversation([
      call('check'),
      call('describe'),
      call('lease_close'),
      call('lease_status'),
    ]);
    for (const line of stdout.split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(stderr).toMatch(/^\S+ is lent to an agent until \S+, on tiny_stage\.$/);
    expect(stdout + stderr).not.toMatch(/password|SCRAM|postgres(ql)?:\/\//i);
  });
});

describe('lines', () => {
  test('are the same, however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.array(fc.integer({ min: 1, max: 7 })),
        (texts, sizes) => {
          const wanted = texts.map((text) => text.replaceAll('\n', ''));
          const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(''));
          const lines = new Lines(1000);
          const got: string[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % Math.max(sizes.length, 1)] ?? 1;
            got.push(...lines.take(bytes.subarray(at, at + size)));
            at += size;
          }
          expect(got).toEqual(wanted);
        },
      ),
    );
  });

  test('that are too long are forgotten, and the next one is read', () => {
    const lines = new Lines(4);
    expect([...lines.take(Buffer.from('12345'))]).toEqual([]);
    expect([...lines.take(Buffer.from('6789\n1234\n12'))]).toEqual([tooLong, '1234']);
    expect([...lines.take(Buffer.from('345\n\n'))]).toEqual([tooLong, '']);
  });
});
