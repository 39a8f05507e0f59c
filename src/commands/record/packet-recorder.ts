/**
 * Records a transport stream as a transport stream, packet by packet as it comes: parts begin with a picture that decoding can
 * begin with, each with the tables before it. It decides no cut itself, and makes nothing of a packet.
 */
import { createFile, NoRoom, type GrowingFile } from '../../io/growing-file.ts';
import { Pace } from '../../io/pace.ts';
import type { AccessUnitReader } from '../../media/access-unit.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import { tracksAsTheyLie } from '../../rescue/mpegts/track-reports.ts';
import { HeadOfStream } from '../../rescue/splitting/head-of-stream.ts';
import type { Part } from '../../rescue/splitting/part-router.ts';
import { PartStream } from '../../rescue/splitting/part-stream.ts';
import type { PlannedPart } from '../../rescue/splitting/planned-part.ts';
import type { ChunkFiles } from './chunk-files.ts';
import { notDescribed, type ChunkDescription } from './described-chunks.ts';

/** What is recorded, and where to. */
export interface PacketRecorderOptions {
  readonly files: ChunkFiles;
  /** 0: one file. */
  readonly chunkSeconds: number;
  readonly onNotice: (message: string) => void;
  /** Whether what the files hold is to be told of: each is read once more for that. */
  readonly isDescribed: boolean;
}

/** Packets of so many bytes are media, whatever they are. */
const minMedia = 64 * 1024;
/** What is kept free for what is gathered when the disk is full. */
const reserve = 512 * 1024;

/** The file of a part. Where the disk is full it ends with the last packets that found room. */
class PacketPart implements Part {
  readonly plan: PlannedPart;
  readonly file: GrowingFile | undefined;
  readonly #full: () => boolean;
  movedPackets = 0;
  /** Pictures that are in the file, where there was no room for those that follow. */
  #picturesThere: number | undefined;

  /** `full`: asked for room; whether there is some again. */
  constructor(plan: PlannedPart, file: GrowingFile | undefined, full: () => boolean) {
    this.plan = plan;
    this.file = file;
    this.#full = full;
  }

  /** Pictures that are in the file, and that are in none. */
  get figures(): { readonly pictures: number; readonly lost: number } {
    const { pictures } = this.plan;
    const there = this.file === undefined ? 0 : (this.#picturesThere ?? pictures);
    return { pictures: there, lost: pictures - there };
  }

  /** Whether it has come so far that it may take the place of another file. */
  get holdsMedia(): boolean {
    return this.plan.pictures > 0 || (this.file?.length ?? 0) > minMedia;
  }

  insert(bytes: Uint8Array): void {
    this.write(bytes);
  }

  write(bytes: Uint8Array): void {
    this.#make((file) => file.append([bytes]));
  }

  /** Writes what the file has gathered. */
  flush(): void {
    this.#make((file) => file.flush());
  }

  /** What is gathered has room where something was kept free. */
  #finish(file: GrowingFile): void {
    try {
      file.flush();
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      file.dropGathered();
    }
  }

  #make(change: (file: GrowingFile) => void): void {
    while (this.file !== undefined && this.#picturesThere === undefined) {
      try {
        change(this.file);
        return;
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        if (this.#full()) continue;
        this.#picturesThere = this.plan.pictures;
        this.file.giveUpReserve();
        this.#finish(this.file);
      }
    }
  }
}

function openWithReserve(path: string, mayReplace: boolean): GrowingFile | undefined {
  const file = createFile(path, mayReplace);
  try {
    file?.reserve(reserve);
  } catch (error) {
    file?.discard();
    throw error;
  }
  return file;
}

/** Takes the bytes of the stream. */
export class PacketRecorder implements AccessUnitReader {
  readonly #options: PacketRecorderOptions;
  readonly #findings = new Findings();
  readonly #head = new HeadOfStream();
  #stream: PartStream<PacketPart> | undefined;
  #open: PacketPart[] = [];
  #window: Buffer = Buffer.alloc(512 * 1024);
  #filled = 0;
  /** Offset in the stream of the first byte of the window. */
  #base = 0;
  #isCutAsked = false;
  /** Of files that are closed. */
  #pictures = 0;
  #hasMedia = false;
  /** The part of which it was said that it is long. */
  #told: PacketPart | undefined;

  constructor(options: PacketRecorderOptions) {
    this.#options = options;
  }

  /** The file that is being written. */
  get currentFile(): string | undefined {
    return this.#open.at(-1)?.file?.path;
  }

  /** Pictures, or PES packets of audio where there are none. */
  get samples(): number {
    const hasMedia = this.#hasMedia || this.#open.some((part) => part.holdsMedia);
    return Math.max(hasMedia ? 1 : 0, this.#pictures + this.#open.reduce((sum, { plan }) => sum + plan.pictures, 0));
  }

  /** The next picture that decoding can begin with begins another file. */
  cut(): void {
    this.#isCutAsked = true;
  }

  /** Has what was written brought to the disk. */
  tick(): void {
    for (const part of this.#open) {
      part.flush();
      part.file?.syncInBackground(part.holdsMedia);
    }
    const { chunkSeconds, onNotice } = this.#options;
    const part = this.#open.at(-1);
    if (part === undefined || part === this.#told || chunkSeconds === 0) return;
    if (part.plan.lastTicks - part.plan.firstTicks < 2 * chunkSeconds * ticksPerSecond) return;
    this.#told = part;
    onNotice('no picture that decoding can begin with came for twice the length of a chunk');
  }

  feed(bytes: Uint8Array): void {
    this.#hold(bytes);
    this.#advance(false);
  }

  finish(): void {
    this.#advance(true);
    this.#stream?.router.finish();
    for (const { message, repeated } of this.#findings.list()) {
      this.#options.onNotice(repeated === undefined ? message : `${message} (and ${repeated} times more)`);
    }
  }

  #hold(bytes: Uint8Array): void {
    const sent = (this.#stream?.sent ?? 0) - this.#base;
    if (this.#filled + bytes.length > this.#window.length) {
      const needed = this.#filled - sent + bytes.length;
      const into = needed > this.#window.length ? Buffer.alloc(2 * needed) : this.#window;
      this.#window.copy(into, 0, sent, this.#filled);
      this.#window = into;
      this.#base += sent;
      this.#filled -= sent;
    }
    this.#window.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  #advance(final: boolean): void {
    if (this.#stream === undefined) {
      if (!this.#head.look(this.#window, this.#filled, final) || !this.#head.hasPackets) return;
      this.#stream = this.#begin();
    }
    this.#stream.advance(this.#window.subarray(0, this.#filled), this.#base, final);
  }

  #begin(): PartStream<PacketPart> {
    const { chunkSeconds } = this.#options;
    const isCutAsked = (): boolean => this.#isCutAsked;
    const rules = {
      durationSeconds: chunkSeconds > 0 ? chunkSeconds : undefined,
      get everyEntry(): boolean {
        return isCutAsked();
      },
    };
    const open = (plan: PlannedPart): PacketPart => this.#openPart(plan);
    const close = (part: PacketPart): void => this.#closePart(part);
    const placeOf = (offset: number): { offset: number } => ({ offset });
    const finding = { rules, randomAccess: 'irap', repeatParameterSets: true } as const;
    return new PartStream(this.#head, { ...finding, placeOf, open, close }, this.#findings);
  }

  #openPart(plan: PlannedPart): PacketPart {
    this.#isCutAsked = false;
    const { files } = this.#options;
    let file: GrowingFile | undefined;
    while (file === undefined && !files.isFull) {
      try {
        file = files.next('ts', (path, mayReplace) => openWithReserve(path, mayReplace));
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error;
        files.makeRoom();
      }
    }
    const part = new PacketPart(plan, file, () => this.#full());
    this.#open.push(part);
    return part;
  }

  #full(): boolean {
    this.#options.onNotice('the disk is full');
    return this.#options.files.makeRoom();
  }

  #closePart(part: PacketPart): void {
    const { file, plan } = part;
    const { files } = this.#options;
    this.#open = this.#open.filter((each) => each !== part);
    part.flush();
    const { pictures, lost } = part.figures;
    files.lost += lost;
    if (file === undefined) return;
    if (!part.holdsMedia) {
      files.giveBack(file);
      return;
    }
    this.#hasMedia = true;
    this.#pictures += pictures;
    const start = plan.firstTicks / ticksPerSecond;
    const figures = { start, stop: start + plan.durationTicks / ticksPerSecond, frames: pictures };
    files.close(file, figures, () => (this.#options.isDescribed ? describe(file.path) : notDescribed));
  }
}

/** What packets hold that were recorded as they came; nothing where the file is gone already, to make room. */
async function describe(path: string): Promise<ChunkDescription> {
  try {
    return { tracks: await tracksAsTheyLie(path, new Pace()), findings: [] };
  } catch (error) {
    if (error instanceof SalvorError && error.kind === 'unreadable') return notDescribed;
    throw error;
  }
}
