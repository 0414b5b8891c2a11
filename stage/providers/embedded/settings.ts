/**
 * How a disposable server runs. Given on the command line, so that no file in the cluster can overrule it.
 * Nothing here changes what a query may do or what it answers; only durability and resources differ from production.
 */
const settings: Readonly<Record<string, string>> = {
  // TCP on the loopback interface only: no socket files to guard, nothing that another machine can reach.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',

  // The data dies with the machine anyway. Commits still wait for their WAL, so an immediate stop loses nothing acknowledged.
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  // initdb scales these by the segment size, which leaves a tenth of the usual and checkpoints every few seconds.
  min_wal_size: '80MB',
  max_wal_size: '1GB',

  max_connections: '120',
  shared_buffers: '64MB',
  // Shared memory as files of the cluster: they go when its folder goes, even after kill -9.
  dynamic_shared_memory_type: 'mmap',

  // The collector is the only way to JSON lines; it costs a start about 2 ms.
  logging_collector: 'on',
  log_destination: 'jsonlog',
  log_filename: 'server.log',
  log_rotation_age: '0',
  log_rotation_size: '0',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/** The arguments of `postgres`; `overrides` win over the settings of this file. */
export function serverArguments(
  cluster: { dataDirectory: string; logDirectory: string; port: number },
  overrides: Readonly<Record<string, string>> = {},
): string[] {
  const { dataDirectory, logDirectory, port } = cluster;
  const all = { ...settings, log_directory: logDirectory, ...overrides, port: String(port) };
  return ['-D', dataDirectory, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
