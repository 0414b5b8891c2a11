import { describe, expect, test } from 'vitest';
import { maskRow, maskText } from '../../../audit-log/inventory/mask.ts';

describe('a sampled row', () => {
  test('names nobody, however often and however deep an address stands in it', () => {
    expect(maskText('ann@example.org asks bob.b@mail.example.org')).toBe('[e-mail] asks [e-mail]');
    expect(maskRow({ list: ['ann@example.org', ['bob@example.org']], doc: { cc: { to: 'ann@example.org' } } })).toEqual(
      {
        list: ['[e-mail]', ['[e-mail]']],
        doc: { cc: { to: '[e-mail]' } },
      },
    );
  });

  test('keeps what says nothing about a person, and says what the rest was about', () => {
    const row = {
      id: 7,
      api_token: 'x',
      full_name: null,
      phone: 5,
      client_ip: '10.0.0.1',
      body: { password: 'y', n: 1 },
    };
    expect(maskRow(row)).toEqual({
      id: 7,
      api_token: '[secret]',
      full_name: null,
      phone: '[contact]',
      client_ip: '[network]',
      body: { password: '[secret]', n: 1 },
    });
  });
});
