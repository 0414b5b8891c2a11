import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const gates = 'scripts_complete, zero_errors, audit_trail_complete, rls_active, boundary_isolated';

/**
 * Makes a project of many tables, spread evenly over its domains, a row in each.
 * @returns the path of its drydock.yaml
 */
export async function makeManyTables(folder: string, size: { domains: number; tables: number }): Promise<string> {
  const domains = Array.from({ length: size.domains }, (_none, index) => `domain_${index}`);
  const perDomain = Math.ceil(size.tables / size.domains);
  for (const domain of domains) {
    await mkdir(join(folder, 'sql', domain), { recursive: true });
    await writeFile(join(folder, 'sql', domain, '0010_tables.sql'), tablesOf(domain, perDomain));
  }
  const file = join(folder, 'drydock.yaml');
  await writeFile(file, configOf(domains));
  return file;
}

function configOf(domains: readonly string[]): string {
  const lines = (of: (domain: string) => string) => domains.map(of).join('\n');
  return `project: many
database: many_stage
admin: many_admin
domains:
${lines((domain) => `  ${domain}: { owner: ${domain}_owner, service: ${domain}_service }`)}
contract:
  roles:
${lines((domain) => `    ${domain}_service: { ${domain}: [select, insert, update, delete] }`)}
    guest: { ${domains[0]}: [select] }
migrations:
${lines((domain) => `  - { folder: sql/${domain}, as: ${domain}_owner }`)}
lease: { profile: guest }
gates: { staging: [${gates}], promotion: [performance_impact] }
`;
}

function tablesOf(domain: string, count: number): string {
  const guest = (table: string) =>
    domain === 'domain_0' ? `create policy guest on ${table} for select to guest using (true);\n` : '';
  const tables = Array.from({ length: count }, (_none, index) => {
    const table = `${domain}.table_${index}`;
    return `create table ${table} (id bigint generated always as identity primary key, label text not null, amount numeric);
create policy owner on ${table} for all to ${domain}_owner using (true) with check (true);
create policy service on ${table} for all to ${domain}_service using (true) with check (true);
${guest(table)}insert into ${table} (label) values ('a');
`;
  });
  return `-- title: ${count} tables\n-- drydock: rows ${count}\n\n${tables.join('')}`;
}
