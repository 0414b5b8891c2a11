import { counted } from '../../ops/counted.ts';
import type { Proposal } from '../../stage/proposal/index.ts';

/** What `init` says of the project that it made. */
export function readyText(file: string): string {
  return `${file} is ready.\n${next(file)}`;
}

/** What `init --from-url` says: what is proposed, what a contract cannot say, and how to go on. */
export function proposalText({ file, domains, roles, notes }: Proposal): string {
  const said = notes.map((note) => `- ${note}\n`).join('');
  const lost = notes.length > 0 ? `What a contract cannot say:\n${said}` : '';
  const head = `${file} proposes ${counted(domains.length, 'domain')} (${domains.join(', ')}) and ${counted(roles.length, 'role')}.`;
  return `${head}\n${lost}${next(file)}`;
}

function next(file: string): string {
  return `Next: drydock plan --config ${file}\n`;
}
