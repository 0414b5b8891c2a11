import type { ConnectionOptions } from 'node:tls';

/** How far a server has to prove who it is: by certificate and name, by certificate, or not at all. */
export interface Tls {
  readonly verify: 'full' | 'ca' | 'none';
  /** The certificates to trust, as PEM; without it those that Node trusts. */
  readonly ca?: string;
}

/** As Node wants it said. The name to be proven is the host's, which pg hands over. */
export function tlsOptions({ verify, ca }: Tls): ConnectionOptions {
  return {
    rejectUnauthorized: verify !== 'none',
    ...(ca && { ca }),
    ...(verify === 'ca' && { checkServerIdentity: () => undefined }),
  };
}
