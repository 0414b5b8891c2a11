import type { ConnectionOptions } from 'node:tls';

/** How far a server has to prove who it is: by certificate and name, by certificate, or not at all. */
export interface Tls {
  readonly verify: 'full' | 'ca' | 'none';
  /** The certificates to trust, as PEM; without it those that Node trusts. */
  readonly ca?: string;
}

export function tlsOptions({ verify, ca }: Tls, host: string): ConnectionOptions {
  return {
    // Without it Node compares the certificate of a server named by its address with "localhost".
    host,
    rejectUnauthorized: verify !== 'none',
    ...(ca && { ca }),
    ...(verify === 'ca' && { checkServerIdentity: () => undefined }),
  };
}
