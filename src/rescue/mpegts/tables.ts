/**
 * The tables that a stream needs and does not have: a PAT and a map of what its media shows, where there are none; a map for
 * a program that lacks it; right types, where a map says another codec than the media has. Tables that are right stay.
 */
import { packetLength } from '../../mpegts/packet.ts';
import { packetize } from '../../mpegts/packet-writer.ts';
import { patTableId, programAssociationBody } from '../../mpegts/program-association.ts';
import { pmtTableId, programMapBody } from '../../mpegts/program-map.ts';
import type { ElementaryStream, Program } from '../../mpegts/program-tables.ts';
import { writeTableSection } from '../../mpegts/section.ts';
import type { TransportSurvey } from '../../mpegts/survey.ts';
import type { NewTables } from './plan.ts';

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
    return made([program], new Set([patPid]), [patOf([program]), mapOf(program)]);
  }
  const lacking = survey.programs.find(({ hasMap }) => !hasMap);
  const wrong = programs.filter(({ streams }) => streams.some((stream) => isContradicted(survey, stream)));
  const remade: Program[] = wrong.map((program) => ({
    ...program,
    streams: program.streams.map((stream) => corrected(survey, stream)),
  }));
  // A PAT may name programs that were never recorded; media that no map describes belongs to one that was.
  if (lacking !== undefined && found !== undefined) {
    remade.push({ ...found, programNumber: lacking.programNumber, pmtPid: lacking.pmtPid, hasMap: true });
  }
  if (remade.length === 0) return undefined;
  return made(remade, new Set(remade.map(({ pmtPid }) => pmtPid)), remade.map(mapOf));
}

function made(programs: readonly Program[], pids: ReadonlySet<number>, sections: NewTables['sections']): NewTables {
  return { programs, pids, sections };
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
