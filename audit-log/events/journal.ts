import { closeSync, fstatSync, openSync } from 'node:fs';
import { DrydockError } from '../../ops/errors.ts';
import { makeDirectory } from './directory.ts';
import { type Disk, syncDirectory } from './disk.ts';
import { dayOf, highestSlot, spoolFile, type SpoolFile } from './file-names.ts';
import { announceMove } from './move.ts';
import { claimFreeSlot, filesOfSlot, type ClaimedSlot } from './slots.ts';

/** More than this waiting for one fdatasync means a disk that hangs: refusing is then kinder than growing. */
const mostUnsynced = 64 * 1024 * 1024;

/**
 * Appends lines to the JSONL files of a directory, one writer per file. A line is in the file, past kill -9, when
 * `append` returns; past a power cut when `sync` does.
 */
export class Journal implements Disposable {
  readonly #directory: string;
  readonly #disk: Disk;
  /** The newest is written; those before it are kept until the end, for what is still to be sent of them. */
  readonly #slots: ClaimedSlot[] = [];
  #file: SpoolFile | undefined;
  #descriptor = -1;
  /** Bytes in the file, and how many of them survive a power cut. */
  #length = 0;
  #syncedLength = 0;
  /** Lines ever appended, and how many of them survive a power cut. */
  #appended = 0;
  #synced = 0;
  #unsynced: Buffer[] = [];
  #syncing: Promise<void> | undefined;
  /** Why nothing can be written any more: the disk failed twice running. */
  #broken: unknown;
  /** Bytes of half lines cut off on opening. */
  tornBytes = 0;

  private constructor(directory: string, disk: Disk) {
    this.#directory = directory;
    this.#disk = disk;
  }

  /** Takes a free slot of the directory, which is made 0700 when it is not there, and repairs the files of that slot. */
  static open(directory: string, disk: Disk): Journal {
    makeDirectory(directory);
    const journal = new Journal(directory, disk);
    journal.#takeSlot();
    return journal;
  }

  /** The files that this journal has to itself, oldest first within a slot. */
  files(): SpoolFile[] {
    return this.#slots.flatMap(({ slot }) => filesOfSlot(this.#directory, slot));
  }

  /** @throws what the disk said; the file is then as it was before */
  append(line: string, now: Date): void {
    if (this.#broken) throw this.#broken;
    const bytes = Buffer.from(line + '\n');
    if (this.#length - this.#syncedLength + bytes.length > mostUnsynced) throw new Error('the disk no longer syncs');
    this.#turnTo(dayOf(now));
    this.#write([bytes]);
    this.#appended += 1;
    this.#unsynced.push(bytes);
  }

  /** Makes everything appended so far survive a power cut; one fdatasync serves all who wait for it. */
  async sync(): Promise<void> {
    const wanted = this.#appended;
    while (this.#synced < wanted) {
      this.#syncing ??= this.#syncNow().finally(() => (this.#syncing = undefined));
      await this.#syncing;
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    for (const slot of this.#slots) slot[Symbol.dispose]();
  }

  async #syncNow(): Promise<void> {
    if (this.#broken) throw this.#broken;
    const [appended, length] = [this.#appended, this.#length];
    const lines = this.#unsynced.splice(0);
    try {
      await this.#disk.sync(this.#descriptor);
      [this.#synced, this.#syncedLength] = [appended, length];
    } catch {
      this.#unsynced = [...lines, ...this.#unsynced];
      await this.#moveUnsynced();
    }
  }

  /**
   * After a failed fdatasync the kernel has forgotten which pages were dirty, so asking again would be answered with a lie.
   * The lines go into another file, and the old one is cut back to what is known to be on the disk.
   */
  async #moveUnsynced(): Promise<void> {
    const [old, from, keep, lines] = [this.#descriptor, this.#file!, this.#syncedLength, this.#unsynced];
    try {
      this.#takeSlot();
      this.#openFile(from.day);
      const announced = announceMove(from, this.#file!, { keep, at: this.#length, lines: Buffer.concat(lines) });
      this.#write(lines);
      const [appended, length] = [this.#appended, this.#length];
      this.#unsynced = [];
      try {
        await this.#disk.sync(this.#descriptor);
        [this.#synced, this.#syncedLength] = [appended, length];
      } finally {
        this.#disk.truncate(old, keep); // even if that sync failed too: a line is in one file
        announced.takeBack();
      }
    } catch (error) {
      this.#broken = error;
      throw error;
    } finally {
      closeSync(old);
    }
  }

  /** Writes lines whole or not at all: a full disk may have taken half of one. */
  #write(lines: readonly Buffer[]): void {
    const bytes = lines.length === 1 ? lines[0]! : Buffer.concat(lines);
    try {
      for (let written = 0; written < bytes.length;) {
        written += this.#disk.write(this.#descriptor, bytes, written);
      }
    } catch (error) {
      this.#takeBack();
      throw error;
    }
    this.#length += bytes.length;
  }

  #takeBack(): void {
    try {
      this.#disk.truncate(this.#descriptor, this.#length);
    } catch (error) {
      this.#broken = error; // the repair of the next opening cuts what could not be cut here
    }
  }

  /** A new day gets a new file, once the old one is safe: until then it takes the lines of the new day. */
  #turnTo(day: string): void {
    if (this.#file?.day === day || this.#synced < this.#appended) return;
    const old = this.#descriptor;
    this.#openFile(day);
    if (old >= 0) closeSync(old);
  }

  #openFile(day: string): void {
    const file = spoolFile(this.#directory, day, this.#slots.at(-1)!.slot);
    const descriptor = openSync(file.path, 'a', 0o600);
    syncDirectory(this.#directory);
    this.#file = file;
    this.#descriptor = descriptor;
    this.#length = this.#syncedLength = fstatSync(descriptor).size;
  }

  #takeSlot(): void {
    const claimed = claimFreeSlot(this.#directory);
    if (!claimed) {
      throw new DrydockError('EVENTS_SLOTS', `All ${highestSlot} slots of ${this.#directory} have a writer.`, {
        hint: 'Give each host, and each group of processes, an AUDIT_JSONL_DIR of its own.',
      });
    }
    this.#slots.push(claimed);
    this.tornBytes += claimed.tornBytes;
  }
}
