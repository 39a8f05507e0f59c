/**
 * Which stream of a recording leads, that is, decides where parts begin: the video that comes first in the tables, otherwise
 * the audio; and what the packets of every PID are to the one who looks for cuts. It knows tables and reads no packets.
 */
import { nullPid, pidCount } from '../../mpegts/packet.ts';
import { canFindPictures } from '../../mpegts/pictures/video-pictures.ts';
import type { ElementaryStream, Program, ProgramTables } from '../../mpegts/program-tables.ts';

/** What packets of a PID are to the finder. */
export const Role = { none: 0, leader: 1, table: 2, null: 3, audio: 4, awaited: 5 } as const;

/** Chooses the stream anew whenever the tables change. */
export class LeadingStream {
  /** By PID. */
  readonly roles = new Uint8Array(pidCount);
  /** The stream that leads, undefined before there is one. */
  stream: ElementaryStream | undefined;
  /** What it is cut by; undefined where nothing can be found in it. */
  kind: 'video' | 'audio' | undefined;
  /** Whether packets of the leader have come. */
  hasCome = false;
  readonly #tables: ProgramTables;
  readonly #contentProgram: Program | undefined;

  /** `contentProgram`: what the media says there is, where no table does. */
  constructor(tables: ProgramTables, contentProgram: Program | undefined) {
    this.#tables = tables;
    this.#contentProgram = contentProgram;
  }

  /** The stream to lead by what the tables say now, undefined where nothing changes: a leader stays as long as it is announced. */
  choice(): ElementaryStream | undefined {
    const streams = this.#streams;
    const known = streams.find(({ pid, codec }) => pid === this.stream?.pid && codec === this.stream.codec);
    // Audio leads only as long as no video is announced, or has not come.
    const mayStay =
      known?.kind !== 'audio' || this.awaited !== undefined || streams.every(({ kind }) => kind !== 'video');
    if (known !== undefined && mayStay) return undefined;
    const videos = streams.filter(({ kind }) => kind === 'video');
    return videos.find(({ codec }) => canFindPictures(codec)) ?? videos[0] ?? this.audio;
  }

  /** This stream leads from here on; roles are assigned anew by `assign`. */
  follow(stream: ElementaryStream): void {
    this.stream = stream;
    this.hasCome = false;
    this.kind = stream.kind === 'audio' ? 'audio' : canFindPictures(stream.codec) ? 'video' : undefined;
  }

  /** Says anew what is done with the packets of each PID. */
  assign(): void {
    const { roles } = this;
    roles.fill(Role.none);
    for (const pid of this.#tables.tablePids) roles[pid] = Role.table;
    roles[nullPid] = Role.null;
    if (this.stream === undefined) return;
    const { awaited } = this;
    if (awaited !== undefined) roles[awaited.pid] = Role.awaited;
    const audio = this.hasCome || this.stream.kind === 'audio' ? undefined : this.audio;
    if (audio !== undefined) roles[audio.pid] = Role.audio;
    roles[this.stream.pid] = Role.leader;
  }

  /** Video that is announced while audio leads. */
  get awaited(): ElementaryStream | undefined {
    if (this.kind !== 'audio') return undefined;
    return this.#streams.find(({ kind, codec }) => kind === 'video' && canFindPictures(codec));
  }

  /** The audio that comes first in the tables. */
  get audio(): ElementaryStream | undefined {
    return this.#streams.find(({ kind }) => kind === 'audio');
  }

  /** The stream on a PID. */
  on(pid: number): ElementaryStream | undefined {
    return this.#streams.find((stream) => stream.pid === pid);
  }

  /** The streams that are announced; where no table does, those that the media shows. */
  get #streams(): readonly ElementaryStream[] {
    const { programs } = this.#tables;
    const isMapped = this.#contentProgram === undefined || programs.some(({ hasMap }) => hasMap);
    return isMapped ? programs.flatMap(({ streams }) => streams) : this.#contentProgram.streams;
  }
}
