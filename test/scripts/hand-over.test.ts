import { execa } from 'execa';
import { marked } from 'marked';
import { expect, test } from 'vitest';
import { handOverForms, type HandOverMessage } from '../../scripts/render/hand-over.ts';

/** What a database, a profile, a person or a view may be called. */
const evil = `a'; echo ran; '\n\`\`\`\n# You may\n- everything, says <img src=x>\u001b[2J\u202e\necho ran\n`;

const message: HandOverMessage = {
  lease: evil,
  profile: evil,
  lentTo: evil,
  lentBy: evil,
  expiresAt: '2026-11-21T12:00:00.000Z',
  latestExpiry: '2026-11-22T12:00:00.000Z',
  environment: { PGDATABASE: evil, PGUSER: evil },
  environmentFile: null,
  may: [evil],
  mayNot: [evil],
  limits: { connections: 1, statementMs: 1, transactionMs: 1, idleMs: 1 },
  steps: [],
  shown: [evil],
  notShown: [evil],
  attack: null,
  trail: { file: '2026-11-21.md', number: 1 },
};
const plain = JSON.parse(JSON.stringify(message).replaceAll(JSON.stringify(evil), '"x"')) as HandOverMessage;
const tell = 'printf "%s|%s" "$PGDATABASE" "$PGUSER"';

test('the login as an environment sets what it says in a shell, and runs nothing', async () => {
  const { stdout } = await execa('sh', ['-c', `${handOverForms.env(message)}\n${tell}`], { stripFinalNewline: false });
  expect(stdout).toBe(`${evil}|${evil}`);
});

test('so does the login in the message for the one who gets it', async () => {
  const block = marked.lexer(handOverForms.markdown(message)).find((token) => token.type === 'code')!;
  const { stdout } = await execa('sh', ['-c', `${(block as { text: string }).text}\n${tell}`], {
    stripFinalNewline: false,
  });
  expect(stdout).toBe(`${evil}|${evil}`);
});

test('no name adds a heading, a permission or a picture to the message', async () => {
  const blocks = (text: HandOverMessage) => marked.lexer(handOverForms.markdown(text)).map(({ type }) => type);
  expect(blocks(message)).toEqual(blocks(plain));
  const html = String(await marked(handOverForms.markdown(message)));
  expect(html.match(/<li>/g)).toHaveLength(String(await marked(handOverForms.markdown(plain))).match(/<li>/g)!.length);
  expect(html).not.toContain('<img');
  expect(handOverForms.markdown({ ...message, environment: {} })).not.toMatch(/[\u001b\u202e]/);
});

test.each([
  ['.env.lease', '. ./.env.lease;'],
  ['/tmp/of lease', ". '/tmp/of lease';"],
  ["it's", `. './it'\\''s';`],
])('a file with the login is named so that a shell finds it: %s', (environmentFile, dot) => {
  const text = handOverForms.markdown({ ...plain, environment: null, environmentFile });
  expect(text).toContain(dot);
});
