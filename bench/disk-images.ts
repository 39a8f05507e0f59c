/**
 * Small file systems in images, which are mounted, cut off as a power cut does, and mounted again. Needs root, loop devices,
 * mkfs.ext4, mkfs.xfs and Python. What is done on them is not known here.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

/** A file system: the program that makes it, and as many bytes as an image of it has. XFS makes none that is smaller. */
export interface DiskKind {
  readonly name: string;
  readonly bytes: number;
  readonly make: readonly [program: string, ...words: string[]];
}

/** Those that are cut off. */
export const diskKinds: readonly DiskKind[] = [
  { name: 'ext4', bytes: 64 * 1024 * 1024, make: ['mkfs.ext4', '-q', '-F'] },
  { name: 'XFS', bytes: 320 * 1024 * 1024, make: ['mkfs.xfs', '-q', '-f'] },
];

/**
 * Lines of Python that define `shutdown(descriptor, flags)`: XFS_IOC_GOINGDOWN, which ext4 has under the same number. Flags: 1
 * writes the log out, 2 does not.
 */
export const pythonShutdown = `
import fcntl, os, struct, sys, time
def shutdown(descriptor, flags):
    fcntl.ioctl(descriptor, 0x8004587d, struct.pack("I", flags))
`;

/** An image that is mounted at a folder. */
export class Disk {
  readonly image: string;
  readonly folder: string;

  /** Makes the file system and mounts it. Throws where that cannot be. */
  constructor({ bytes, make: [program, ...words] }: DiskKind, image: string, folder: string) {
    this.image = image;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    must('truncate', '-s', String(bytes), image);
    must(program, ...words, image);
    this.#mount();
  }

  /** As after a restart of the machine. */
  mountAgain(): void {
    must('umount', this.folder);
    this.#mount();
  }

  remove(): void {
    spawnSync('umount', [this.folder]);
    rmSync(this.image, { force: true });
  }

  #mount(): void {
    must('mount', '-o', 'loop', this.image, this.folder);
  }
}

/** Runs a program that has to end well; throws with what it said otherwise. */
export function must(program: string, ...words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? stderr}`);
}
