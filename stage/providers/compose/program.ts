import { execa } from 'execa';
import { DrydockError } from '../../../ops/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The two ways in which Compose comes: as a plugin of docker, or as a program of its own. */
const programs = [['docker', 'compose'], ['docker-compose']] as const;

/** @throws PROVIDER_COMPOSE_MISSING */
export async function composeProgram(env: Environment): Promise<readonly string[]> {
  for (const [program, ...words] of programs) {
    const asked = await execa(program, [...words, 'version'], { env, extendEnv: false, reject: false });
    if (!asked.failed) return [program, ...words];
  }
  throw new DrydockError('PROVIDER_COMPOSE_MISSING', 'Neither `docker compose` nor `docker-compose` is installed.', {
    hint: 'Install one of them; --provider docker needs neither.',
  });
}

/**
 * Runs Compose to its end, whatever happens meanwhile: one that is ended half-way may leave the engine making a container
 * that nobody knows of.
 * @throws PROVIDER_CONTAINER_FAILED with what it said
 */
export async function compose(
  [program, ...words]: readonly string[],
  args: readonly string[],
  env: Environment,
): Promise<void> {
  const done = await execa(program!, [...words, ...args], { env, extendEnv: false, reject: false, all: true });
  if (!done.failed) return;
  throw new DrydockError('PROVIDER_CONTAINER_FAILED', `${[program, ...words].join(' ')} failed:\n${done.all}`, {
    hint: 'When a port or a name is taken, `docker ps` names who has it; end it, or choose another.',
  });
}
