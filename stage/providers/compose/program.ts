import { DrydockError } from '../../../ops/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The two ways in which Compose comes: as a plugin of docker, or as a program of its own, which takes long to say so. */
const plugin = ['docker', 'compose'] as const;
const program = ['docker-compose'] as const;

/** The words that Compose is called with here. */
export async function composeProgram(env: Environment): Promise<readonly string[]> {
  const { execa } = await import('execa');
  const [docker, ...words] = plugin;
  const asked = await execa(docker, [...words, 'version'], { env, extendEnv: false, reject: false });
  return asked.failed ? program : plugin;
}

/**
 * Runs Compose to its end, whatever happens meanwhile: one that is ended half-way may leave the engine making a container
 * that nobody knows of.
 * @throws PROVIDER_COMPOSE_MISSING; PROVIDER_CONTAINER_FAILED with what it said
 */
export async function compose(args: readonly string[], env: Environment): Promise<void> {
  const { execa } = await import('execa');
  const [name, ...words] = await composeProgram(env);
  const done = await execa(name!, [...words, ...args], { env, extendEnv: false, reject: false, all: true });
  if (!done.failed) return;
  if (done.code === 'ENOENT') {
    throw new DrydockError('PROVIDER_COMPOSE_MISSING', 'Neither `docker compose` nor `docker-compose` is installed.', {
      hint: 'Install one of them; --provider docker needs neither.',
    });
  }
  throw new DrydockError('PROVIDER_CONTAINER_FAILED', `${[name, ...words].join(' ')} failed:\n${done.all}`, {
    hint: 'When a port or a name is taken, `docker ps` names who has it; end it, or choose another.',
  });
}
