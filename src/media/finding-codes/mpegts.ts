/** What can be wrong with an MPEG transport stream. */
import type { FindingCodes } from './finding-code.ts';

/** Findings of transport streams; all begin with `ts-`. */
export const mpegtsFindings = {
  'ts-sync-lost': [
    'warning',
    'bytes stand between the packets in which no packet begins; they were kept where they are',
  ],
  'ts-first-packet-torn': ['note', 'the stream begins within a packet, as captures do'],
  'ts-packet-torn': ['warning', 'the stream ends within a packet'],
  'ts-counter-gap': ['warning', 'packets are missing: a continuity counter does not follow from the one before'],
  'ts-duplicate': ['note', 'packets came twice; they count once'],
  'ts-media-missing': ['warning', 'media was not received; nothing of it is in the recording'],
  'ts-transport-error': ['warning', 'packets are marked as faulty by the receiver'],
  'ts-scrambled': ['warning', 'a stream is scrambled; no pictures can be found in it'],
  'ts-section-damaged': ['warning', 'the CRC of a table is wrong; it was not believed'],
  'ts-tables-missing': ['warning', 'the tables that describe the stream are missing'],
  'ts-stream-type-wrong': [
    'warning',
    'a program map says another codec than the media of the stream has; players go by the map',
  ],
  'ts-program-changed': ['note', 'the tables describe a stream in a part of the recording only'],
  'ts-duration-estimated': [
    'note',
    'the clock changes more often than a quick look can follow; the duration is what the bytes suggest',
  ],
  'ts-clock-wrapped': ['note', 'the timestamps begin again because their 33 bits were full'],
  'ts-pes-torn': ['warning', 'the last PES packet of a stream is not complete'],
  'ts-stream-empty': ['note', 'a stream is announced and has no media'],
  'ts-first-picture': ['note', 'the first picture of a stream is not one that decoding can begin with'],
  'ts-clock-jump': ['warning', 'the timestamps jump; the jump does not count as media time'],
  'ts-no-entry': ['warning', 'the stream has no picture that a part may begin with'],
  'ts-entry-inside-pes': [
    'note',
    'a picture that a part could begin with shares its PES packet with media of the picture before it; it was not cut there',
  ],
  'ts-unit-unfinished': [
    'warning',
    'a PES packet or section that was begun before a cut did not end in time; the part before the cut lacks its end',
  ],
  'ts-streams-changed': [
    'warning',
    'the tables change: other streams, PIDs, codecs, or a new version of a program map',
  ],
  'ts-name-taken': ['warning', 'the name that a part was to have was taken; it was given the next free one'],
  'ts-part-interrupted': [
    'warning',
    'a run that was killed had written a part of a stream that is nowhere else; it was given a name that is seen',
  ],
  'ts-parameter-sets-repeated': [
    'note',
    'a picture that a part begins with has not all parameter sets with it; they were repeated before it',
  ],
} as const satisfies FindingCodes;
