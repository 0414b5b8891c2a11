/**
 * Keeps secrets out of everything that leaves Drydock.
 * A secret is registered where it is made; whatever is printed or written passes through `redact` on its way out.
 */
export class Redactor {
  readonly #forms = new Set<string>();

  /** Remembers a secret in the forms it travels in: raw, URL-encoded, JSON-escaped, base64. Short ones would blank out ordinary words. */
  add(secret: string): void {
    if (secret.length < 8) return;
    const base64 = Buffer.from(secret).toString('base64');
    const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64];
    for (const form of [...forms, base64.replace(/=+$/, '')]) this.#forms.add(form);
  }

  /** The text without any registered secret, without the password of any connection URL, and without password assignments. */
  redact(text: string): string {
    let clean = text;
    for (const form of this.#longestFirst()) clean = clean.replaceAll(form, '[redacted]');
    return clean
      .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+(@)/gi, '$1[redacted]$2')
      .replace(/(\b(?:pg)?password\s*[=:]\s*)('[^']*'|"[^"]*"|[^\s,;&]+)/gi, '$1[redacted]');
  }

  #longestFirst(): string[] {
    return [...this.#forms].sort((a, b) => b.length - a.length);
  }
}
