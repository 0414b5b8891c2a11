/** Columns whose values are about a person or open a door, by what their names say. */
const classes: readonly (readonly [label: string, names: RegExp])[] = [
  ['secret', /passw|secret|token|api_?key|private_?key|credential|salt|hash/i],
  ['contact', /e-?mail|phone|mobile|fax|address|street|postcode|zip/i],
  ['person', /(first|last|full|display|user|sso_user|sur|given|middle)_?name|^name$|birth|gender|ssn|passport|sso/i],
  ['network', /(^|_)ip(_|$)|client_addr|mac_?addr/i],
];

const email = /[^\s@,;"'<>]+@[^\s@,;"'<>]+\.[^\s@,;"'<>]+/g;

/** The class of a column, or undefined when its name says nothing. */
function columnClass(column: string): string | undefined {
  return classes.find(([, names]) => names.test(column))?.[0];
}

/** Text without e-mail addresses, whatever column it stands in. */
export function maskText(text: string): string {
  return text.replace(email, '[e-mail]');
}

/** A row as it may leave the database: values of a classed column become their class, e-mail addresses go everywhere. */
export function maskRow(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      const label = columnClass(column);
      return [column, value === null ? null : label ? `[${label}]` : maskValue(value)];
    }),
  );
}

function maskValue(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskValue);
  return typeof value === 'object' && value !== null ? maskRow(value as Record<string, unknown>) : value;
}
