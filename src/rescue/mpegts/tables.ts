/**
 * The tables that a stream needs and does not have: a PAT and a map of what its media shows, where there are none; a map for
 * a program that lacks it; right types, where a map says another codec than the media has. Tables that are right stay, and so do
 * all where they change: what the media is was found out at one place, and other tables may be right about another.
 */
import { packetLength } from '../../mpegts/packet.ts';
import { packetize } from '../../mpegts/packet-writer.ts';
import { patTableId, programAssociationBody } from '../../mpegts/program-association.ts';
import { pmtTableId, programMapBody } from '../../mpegts/program-map.ts';
import type { ElementaryStream, Program } from '../../mpegts/program-tables.ts';
import { writeTableSection } from '../../mpegts/section.ts';
import type { TransportSurvey } from '../../mpegts/survey.ts';
import type { ContradictedStream, NewTables } from './plan.ts';

const patPid = 0;
const noPid = 0x1fff;
/** Where muxers put the first map as a rule. */
const usualMapPid = 0x1000;

/** The tables to be made anew; undefined where those that are there tell all. */
export function tablesFor(survey: TransportSurvey): NewTables | undefined {
  const programs = survey.programs.filter(({ hasMap }) => hasMap);
  // What the tables of an earlier place describe has its tables there.
  const described = new Set(survey.streams.filter(({ from }) => from >= 0).map(({ pid }) => pid));
  const isDescribed = (pid: number): boolean => described.has(pid);
  const found = survey.content.program((pid) => isDescribed(pid) || survey.tables.isTable(pid));
  if (survey.programs.length === 0) {
    if (found === undefined) return undefined;
    const program = { ...found, pmtPid: freePid(survey, usualMapPid), hasMap: true };
    return made([program], [], new Set([patPid]), [patOf([program]), mapOf(program)]);
  }
  const lacking = survey.programs.find(({ hasMap }) => !hasMap);
  const wrong = programs.filter(
    (program) => isSteady(survey, program) && program.streams.some((stream) => isContradicted(survey, stream)),
  );
  const remade: Program[] = wrong.map((program) => ({
    ...program,
    streams: program.streams.map((stream) => corrected(survey, stream)),
  }));
  const lost: Program[] = [];
  // A PAT may name programs that were never recorded; media that no map describes belongs to one that was.
  if (lacking !== undefined && found !== undefined) {
    lost.push({ ...found, programNumber: lacking.programNumber, pmtPid: lacking.pmtPid, hasMap: true });
  }
  const all = [...remade, ...lost];
  if (all.length === 0) return undefined;
  const contradicted = wrong.flatMap(({ streams }) => streams.flatMap((stream) => contradiction(survey, stream)));
  return made(lost, contradicted, new Set(all.map(({ pmtPid }) => pmtPid)), all.map(mapOf));
}

function made(
  lost: readonly Program[],
  contradicted: readonly ContradictedStream[],
  pids: ReadonlySet<number>,
  sections: NewTables['sections'],
): NewTables {
  return { lost, contradicted, pids, sections };
}

/** Whether the tables of a program say the same from beginning to end, and its map's PID carries no media anywhere. */
function isSteady(survey: TransportSurvey, { programNumber, pmtPid, streams }: Program): boolean {
  const pids = new Set(streams.map(({ pid }) => pid));
  const ever = survey.streams.filter(
    (each) => each.from >= 0 && (each.programNumber === programNumber || pids.has(each.pid)),
  );
  return (
    ever.length === pids.size && ever.every(({ to }) => to < 0) && (survey.times.get(pmtPid)?.pesPackets ?? 0) === 0
  );
}

function contradiction(survey: TransportSurvey, stream: ElementaryStream): ContradictedStream[] {
  const { pid, streamType, codec } = stream;
  if (!isContradicted(survey, stream)) return [];
  return [{ pid, said: codec, streamType, codec: survey.content.codecOf(pid)!.codec }];
}

/** Says in words what the tables say of a stream and what it is. */
export function tableContradictionOf({ pid, said, streamType, codec }: ContradictedStream): string {
  return `the map says that PID ${pid} is ${said} (stream type ${streamType}), and its media is ${codec}`;
}

/** Types that the standard itself gives to media, so that other media is a contradiction. */
function isContradicted({ content }: TransportSurvey, { pid, streamType, codec }: ElementaryStream): boolean {
  const found = content.codecOf(pid);
  if (found === undefined || streamType === 0x06 || streamType >= 0x80 || codec === 'unknown') return false;
  if (found.kind !== 'video' && found.kind !== 'audio') return false;
  return typeOf(found.codec) !== typeOf(codec);
}

/** Codecs that one number stands for. */
function typeOf(codec: string): string {
  if (codec === 'mp1' || codec === 'mp3') return 'mp2';
  return codec === 'mpeg1video' ? 'mpeg2video' : codec;
}

function corrected(survey: TransportSurvey, stream: ElementaryStream): ElementaryStream {
  const found = survey.content.codecOf(stream.pid);
  if (found === undefined || !isContradicted(survey, stream)) return stream;
  return { ...stream, kind: found.kind, codec: found.codec, streamType: found.streamType };
}

function freePid(survey: TransportSurvey, from: number): number {
  let pid = from;
  while (pid < noPid - 1 && survey.pids.packets[pid]! > 0) pid++;
  return pid;
}

function patOf(programs: readonly Program[]): NewTables['sections'][number] {
  const body = programAssociationBody(programs.map(({ programNumber, pmtPid: pid }) => ({ programNumber, pid })));
  return { pid: patPid, bytes: section(patTableId, 1, body) };
}

function mapOf(program: Program): NewTables['sections'][number] {
  const { programNumber, pcrPid, streams, pmtPid } = program;
  const body = programMapBody({ programNumber, pcrPid, descriptors: [], streams });
  return { pid: pmtPid, bytes: section(pmtTableId, programNumber, body) };
}

function section(tableId: number, extension: number, body: Uint8Array): Uint8Array {
  return writeTableSection({ tableId, extension, version: 0, isCurrent: true, number: 0, lastNumber: 0, body });
}

/** The packets of sections; the counters are given when they are written. */
export function packetsOf(sections: NewTables['sections']): { readonly pid: number; readonly bytes: Uint8Array }[] {
  const packets: { pid: number; bytes: Uint8Array }[] = [];
  for (const { pid, bytes } of sections) {
    const unit = Uint8Array.of(0, ...bytes);
    const all = packetize(unit, { pid, lastCounter: 0, announceDiscontinuity: false, fill: 'stuffing' });
    for (let at = 0; at < all.length; at += packetLength) {
      packets.push({ pid, bytes: all.slice(at, at + packetLength) });
    }
  }
  return packets;
}
