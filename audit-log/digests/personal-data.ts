/** What personal data looks like where only names should be. The ids are the seed's. */
interface Pattern {
  readonly id: string;
  readonly what: string;
  readonly level: 'error' | 'warning';
  matches(text: string): boolean;
}

const patterns: readonly Pattern[] = [
  { id: 'DG-PII-003', what: 'credit card number', level: 'error', matches: isCardNumber },
  {
    id: 'DG-PII-001',
    what: 'e-mail address',
    level: 'warning',
    matches: (text) => /[^\s@/]+@[^\s@/]+\.\p{L}{2,}/u.test(text),
  },
  {
    id: 'DG-PII-002',
    what: 'phone number',
    level: 'warning',
    matches: (text) => /(?:^|[^\d+])\+\d{1,3}[-.\d]{7,14}$/.test(`:${text}`),
  },
  {
    id: 'DG-PII-004',
    what: 'passport number',
    level: 'warning',
    matches: (text) => /^(?:passport[:/_-])\p{L}{1,2}\d{6,9}$/iu.test(text),
  },
];

/** The kind of personal data a name holds; a card number goes before what else it could be. */
export function personalDataIn(text: string): Omit<Pattern, 'matches'> | undefined {
  return patterns.find(({ matches }) => matches(text));
}

/** The text so that one can find it without reading it: its ends, and its length. */
export function masked(text: string): string {
  return `${text.slice(0, 2)}…${text.slice(-2)} (${text.length} characters)`;
}

/** 13 to 19 digits whose check digit is right (Luhn). */
function isCardNumber(text: string): boolean {
  const digits = /(?<!\d)\d(?:-?\d){12,18}(?!\d)/.exec(text)?.[0].replaceAll('-', '');
  if (!digits) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
