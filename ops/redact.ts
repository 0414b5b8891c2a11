const mark = '[redacted]';

/** The password of a connection URL: up to the last @ before the path. Our hints write PASSWORD where one is to be put. */
const inUrl = /(\b[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s:/@"\\]*:)(?!PASSWORD@[^@\s/"\\]*(?:[\s/"\\]|$))[^\s/"\\]+(@)/g;

/** A member of a JSON object. */
const inJson = /("(?:pg)?password"\s*:\s*")(?:[^"\\\r\n]|\\.)*(?=")/gi;

/**
 * `password=…`, `Password: '…'`. A value ends with its line, and takes no quotation mark that JSON could need: a `"`
 * that closes a string of JSON is followed by white space or one of `,:]}`.
 */
const inAssignment =
  /(\b(?:pg)?password[ \t]*[=:][ \t]*)(?:'[^'"\\|\r\n]*'|"(?![\s,:\]}])[^"\\|\r\n]*"|\\"[^"\\\r\n]*\\"|'?[^\s,;&"'\\|]+)/gi;

/**
 * Keeps secrets out of everything that leaves Drydock.
 * A secret is registered where it is made; whatever is printed or written passes through `redact` on its way out.
 */
export class Redactor {
  readonly #forms = new Set<string>();

  /** Remembers a secret in the forms it travels in: raw, URL-encoded, JSON-escaped, base64. Short ones would blank out ordinary words. */
  add(secret: string): void {
    if (secret.length < 8) return;
    for (const form of formsOf(secret)) this.#forms.add(form);
  }

  /**
   * The text without any registered secret, without the password of any connection URL, and without password assignments.
   * JSON stays JSON and lines stay lines.
   */
  redact(text: string): string {
    let clean = text;
    for (const form of this.#longestFirst()) clean = clean.replaceAll(form, mark);
    return clean.replace(inUrl, `$1${mark}$2`).replace(inJson, `$1${mark}`).replace(inAssignment, `$1${mark}`);
  }

  /** A value of plain objects, arrays and texts with every text in it redacted, before anything escapes it. */
  redactAll<T>(value: T): T {
    return this.#redacted(value) as T;
  }

  #redacted(value: unknown): unknown {
    if (typeof value === 'string') return this.redact(value);
    if (Array.isArray(value)) return value.map((item) => this.#redacted(item));
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#redacted(inner)]));
  }

  #longestFirst(): string[] {
    return [...this.#forms].sort((a, b) => b.length - a.length);
  }
}

function formsOf(secret: string): string[] {
  const inUrls = encodeURIComponent(secret);
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64');
  return [
    secret,
    inUrls,
    inUrls.replace(/%../g, (escaped) => escaped.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}
