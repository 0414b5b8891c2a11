/** The machine, as far as providers need to know it. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly uid: number;
  readonly gid: number;
  /** Signals a process. @throws with code ESRCH when it has ended */
  signal(pid: number, signal: NodeJS.Signals): void;
}

/** The machine that a process runs on. */
export function hostOf(self: NodeJS.Process): Host {
  return {
    platform: self.platform,
    arch: self.arch,
    uid: self.getuid?.() ?? -1,
    gid: self.getgid?.() ?? -1,
    signal: (pid, signal) => void self.kill(pid, signal),
  };
}
