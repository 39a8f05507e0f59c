/**
 * Each box that salvor writes, byte by byte, as ISO/IEC 14496-12 (and -14, -15) lays it out. The bytes were put together
 * from the tables of the standard; where there is a reader, it must give the value back.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import {
  parseAvcDecoderConfiguration,
  type AvcDecoderConfiguration,
} from '../../src/codecs/h264/decoder-configuration.ts';
import { parseHevcDecoderConfiguration } from '../../src/codecs/h265/decoder-configuration.ts';
import type { EsDescriptor } from '../../src/codecs/mpeg4/es-descriptor.ts';
import type { Parsed } from '../../src/codecs/parsed.ts';
import { bodyReader, box, child, type Box, type BoxSpan } from '../../src/mp4/box.ts';
import { avc1, visualSampleEntryLength } from '../../src/mp4/boxes/avc1.ts';
import { av1C, readAv1C } from '../../src/mp4/boxes/av1C.ts';
import { avcC } from '../../src/mp4/boxes/avcC.ts';
import { co64, readCo64 } from '../../src/mp4/boxes/co64.ts';
import { colr } from '../../src/mp4/boxes/colr.ts';
import { ctts, readCtts } from '../../src/mp4/boxes/ctts.ts';
import { dac3, readDac3 } from '../../src/mp4/boxes/dac3.ts';
import { dec3, readDec3 } from '../../src/mp4/boxes/dec3.ts';
import { dfLa, readDfLa } from '../../src/mp4/boxes/dfLa.ts';
import { dinf } from '../../src/mp4/boxes/dinf.ts';
import { dOps, readDOps } from '../../src/mp4/boxes/dOps.ts';
import { elst, readElst } from '../../src/mp4/boxes/elst.ts';
import { esds, readEsds } from '../../src/mp4/boxes/esds.ts';
import { free } from '../../src/mp4/boxes/free.ts';
import { ftyp, readFtyp } from '../../src/mp4/boxes/ftyp.ts';
import { hdlr, readHdlr } from '../../src/mp4/boxes/hdlr.ts';
import { hvcC } from '../../src/mp4/boxes/hvcC.ts';
import { mdatHeaderLength, writeMdatHeader } from '../../src/mp4/boxes/mdat.ts';
import { mdhd, readMdhd } from '../../src/mp4/boxes/mdhd.ts';
import { audioBoxOffsets, audioSampleEntryLength, mp4a } from '../../src/mp4/boxes/mp4a.ts';
import { mvhd, readMvhd } from '../../src/mp4/boxes/mvhd.ts';
import { pasp } from '../../src/mp4/boxes/pasp.ts';
import { smhd } from '../../src/mp4/boxes/smhd.ts';
import { readStco, stco } from '../../src/mp4/boxes/stco.ts';
import { readStsc, stsc } from '../../src/mp4/boxes/stsc.ts';
import { stsd } from '../../src/mp4/boxes/stsd.ts';
import { readStss, stss } from '../../src/mp4/boxes/stss.ts';
import { readStsz, stsz } from '../../src/mp4/boxes/stsz.ts';
import { readStts, stts } from '../../src/mp4/boxes/stts.ts';
import { mfhd } from '../../src/mp4/boxes/mfhd.ts';
import { readMehd } from '../../src/mp4/boxes/mehd.ts';
import { readStz2 } from '../../src/mp4/boxes/stz2.ts';
import { readTfdt } from '../../src/mp4/boxes/tfdt.ts';
import { readTfhd } from '../../src/mp4/boxes/tfhd.ts';
import { readTrex } from '../../src/mp4/boxes/trex.ts';
import { readTrun } from '../../src/mp4/boxes/trun.ts';
import { mehd, stz2, tfdt, tfhd, trex, trun } from './fragment-boxes.ts';
import { readTkhd, tkhd } from '../../src/mp4/boxes/tkhd.ts';
import { vmhd } from '../../src/mp4/boxes/vmhd.ts';
import { readVpcC, vpcC } from '../../src/mp4/boxes/vpcC.ts';
import { wide } from '../../src/mp4/boxes/wide.ts';
import type { ChunkVisit } from '../../src/mp4/chunks.ts';
import type { VisitRuns } from '../../src/mp4/runs.ts';
import type { TableRows } from '../../src/mp4/table-rows.ts';
import { bytesOfBox, firstBox, hex } from './memory-source.ts';

/** Runs given as pairs of (count, value). */
function runs(...pairs: readonly (readonly [count: number, value: number])[]): VisitRuns {
  return (visit) => {
    for (const [count, value] of pairs) visit(count, value);
  };
}

/** Chunks of one sample each at these offsets. */
function chunksAt(...offsets: readonly number[]): ChunkVisit {
  return (visit) => {
    for (const offset of offsets) visit(offset, 1);
  };
}

/** All rows of a table. */
function rowsOf(table: TableRows): number[][] {
  const rows: number[][] = [];
  while (table.next()) rows.push([...table.values]);
  return rows;
}

/** Baseline profile, level 3, one SPS and one PPS of a few bytes each: nothing here looks into them. */
const avcConfiguration: AvcDecoderConfiguration = {
  avcProfileIndication: 0x42,
  profileCompatibility: 0xc0,
  avcLevelIndication: 0x1e,
  nalUnitLengthSize: 4,
  sequenceParameterSets: [hex('6742c01e')],
  pictureParameterSets: [hex('68ce3c80')],
  profileExtension: undefined,
  reserved: { lengthSize: 0x3f, sequenceParameterSetCount: 7 },
  trailing: new Uint8Array(0),
};

const avcCBytes = `
  0000001b                          // size 27
  61766343                          // 'avcC'
  01                                // configurationVersion
  42                                // AVCProfileIndication: Baseline
  c0                                // profile_compatibility
  1e                                // AVCLevelIndication: 3
  ff                                // 6 bits reserved (1), lengthSizeMinusOne 3
  e1                                // 3 bits reserved (1), numOfSequenceParameterSets 1
  0004 6742c01e                     // sequenceParameterSetLength, NAL unit
  01                                // numOfPictureParameterSets
  0004 68ce3c80                     // pictureParameterSetLength, NAL unit
`;

/** AAC-LC, 44100 Hz, 2 channels. */
const audioDescriptor: EsDescriptor = {
  lengthSize: 1,
  esId: 2,
  streamPriority: 0,
  dependsOnEsId: undefined,
  url: undefined,
  ocrEsId: undefined,
  decoderConfig: {
    lengthSize: 1,
    objectTypeIndication: 0x40,
    streamType: 5,
    upStream: false,
    reserved: 1,
    bufferSizeDb: 0x000300,
    maxBitrate: 128000,
    avgBitrate: 96000,
    decoderSpecificInfo: { lengthSize: 1, bytes: hex('1210') },
    others: [],
  },
  slConfig: { lengthSize: 1, predefined: 2, custom: new Uint8Array(0) },
  others: [],
  trailing: new Uint8Array(0),
};

const esdsBytes = `
  00000027                          // size 39
  65736473                          // 'esds'
  00 000000                         // version, flags
  03 19                             // ES_DescrTag, 25 bytes
  0002                              // ES_ID
  00                                // no dependence, no URL, no OCR, priority 0
  04 11                             // DecoderConfigDescrTag, 17 bytes
  40                                // objectTypeIndication: MPEG-4 audio
  15                                // streamType 5 (audio), upStream 0, reserved 1
  000300                            // bufferSizeDB
  0001f400                          // maxBitrate
  00017700                          // avgBitrate
  05 02 1210                        // DecSpecificInfoTag, 2 bytes, AudioSpecificConfig
  06 01 02                          // SLConfigDescrTag, 1 byte, predefined: MP4
`;

/** A box that holds a record of the codec's own: read from these bytes and written, it is what it was. */
function recordCase<T>(
  name: string,
  bytes: string,
  read: (span: BoxSpan) => Parsed<T>,
  write: (value: T) => Box,
): BoxCase {
  const { value, fault } = read(firstBox(hex(bytes)));
  // A record that cannot be read would stand here as a box of nothing, which no bytes are.
  return { name, box: value === undefined || fault !== undefined ? box('free', () => {}) : write(value), bytes };
}

const unityMatrixBytes = `
  00010000 00000000 00000000        // matrix: 1, 0, 0
  00000000 00010000 00000000        // 0, 1, 0
  00000000 00000000 40000000        // 0, 0, 1 (2.30)
`;

interface BoxCase {
  readonly name: string;
  readonly box: Box;
  readonly bytes: string;
  /** What reading the bytes gives, and what it must give. */
  readonly read?: readonly [(span: BoxSpan) => unknown, unknown];
}

const fileType = { majorBrand: 'isom', minorVersion: 0x200, compatibleBrands: ['isom', 'iso2', 'avc1', 'mp41'] };
const shortMovie = {
  creationTime: 0xe2d3c4b5,
  modificationTime: 0xe2d3c4b6,
  timescale: 1000,
  duration: 12480,
  nextTrackId: 3,
};
const longMovie = { ...shortMovie, duration: 0x1_0000_0001 };
const videoTrack = {
  creationTime: 1,
  modificationTime: 2,
  duration: 12480,
  trackId: 1,
  volume: 0,
  width: 853.5,
  height: 480,
};
const audioTrack = {
  creationTime: 0x1_0000_0000,
  modificationTime: 2,
  duration: 12480,
  trackId: 2,
  volume: 1,
  width: 0,
  height: 0,
};
const shortMedia = { creationTime: 1, modificationTime: 2, timescale: 90000, duration: 1123200, language: 'und' };
const longMedia = { ...shortMedia, duration: 0xffffffff, language: 'deu' };
const nothingThenMedia = [
  { segmentDuration: 1679, mediaTime: -1 },
  { segmentDuration: 12480, mediaTime: 80 },
];
const lateMedia = [{ segmentDuration: 12480, mediaTime: 0x80000000 }];

const trackDefaults = {
  trackId: 2,
  sampleDescriptionIndex: 1,
  sampleDuration: 1024,
  sampleSize: 0,
  sampleFlags: 0x02000000,
};
const fragmentHeader = {
  trackId: 2,
  baseDataOffset: 0x2_0000_0000,
  sampleDescriptionIndex: undefined,
  sampleDuration: 1024,
  sampleSize: undefined,
  sampleFlags: undefined,
  defaultBaseIsMoof: false,
};
const runSamples = [
  { duration: 512, size: 1000, flags: undefined, compositionOffset: 1024 },
  { duration: 512, size: 100, flags: undefined, compositionOffset: -512 },
];
const boxCases: readonly BoxCase[] = [
  {
    name: 'ftyp: the brands of the file',
    box: ftyp(fileType),
    bytes: `
      00000020                      // size 32
      66747970                      // 'ftyp'
      69736f6d                      // major_brand 'isom'
      00000200                      // minor_version 512
      69736f6d 69736f32             // compatible_brands 'isom', 'iso2'
      61766331 6d703431             // 'avc1', 'mp41'
    `,
    read: [readFtyp, fileType],
  },
  {
    name: 'mvhd version 0: all times fit 32 bits',
    box: mvhd(shortMovie),
    bytes: `
      0000006c                      // size 108
      6d766864                      // 'mvhd'
      00 000000                     // version, flags
      e2d3c4b5                      // creation_time
      e2d3c4b6                      // modification_time
      000003e8                      // timescale
      000030c0                      // duration
      00010000                      // rate 1.0
      0100                          // volume 1.0
      0000                          // reserved
      00000000 00000000             // reserved
      ${unityMatrixBytes}
      00000000 00000000 00000000    // pre_defined
      00000000 00000000 00000000    // pre_defined
      00000003                      // next_track_ID
    `,
    read: [readMvhd, shortMovie],
  },
  {
    name: 'mvhd version 1: a duration beyond 32 bits makes all three times 64 bits wide',
    box: mvhd(longMovie),
    bytes: `
      00000078                      // size 120
      6d766864                      // 'mvhd'
      01 000000                     // version, flags
      00000000e2d3c4b5              // creation_time
      00000000e2d3c4b6              // modification_time
      000003e8                      // timescale
      0000000100000001              // duration
      00010000                      // rate 1.0
      0100                          // volume 1.0
      0000                          // reserved
      00000000 00000000             // reserved
      ${unityMatrixBytes}
      00000000 00000000 00000000    // pre_defined
      00000000 00000000 00000000    // pre_defined
      00000003                      // next_track_ID
    `,
    read: [readMvhd, longMovie],
  },
  {
    name: 'tkhd version 0: a picture of a fractional width, enabled and in the movie',
    box: tkhd(videoTrack),
    bytes: `
      0000005c                      // size 92
      746b6864                      // 'tkhd'
      00 000003                     // version, flags: enabled, in movie
      00000001                      // creation_time
      00000002                      // modification_time
      00000001                      // track_ID
      00000000                      // reserved
      000030c0                      // duration, in the movie's timescale
      00000000 00000000             // reserved
      0000                          // layer
      0000                          // alternate_group
      0000                          // volume: no sound
      0000                          // reserved
      ${unityMatrixBytes}
      03558000                      // width 853.5 (16.16)
      01e00000                      // height 480 (16.16)
    `,
    read: [readTkhd, videoTrack],
  },
  {
    name: 'tkhd version 1: sound, with a creation time beyond 2040',
    box: tkhd(audioTrack),
    bytes: `
      00000068                      // size 104
      746b6864                      // 'tkhd'
      01 000003                     // version, flags: enabled, in movie
      0000000100000000              // creation_time
      0000000000000002              // modification_time
      00000002                      // track_ID
      00000000                      // reserved
      00000000000030c0              // duration
      00000000 00000000             // reserved
      0000                          // layer
      0000                          // alternate_group
      0100                          // volume 1.0 (8.8)
      0000                          // reserved
      ${unityMatrixBytes}
      00000000                      // width
      00000000                      // height
    `,
    read: [readTkhd, audioTrack],
  },
  {
    name: 'mdhd version 0: undetermined language',
    box: mdhd(shortMedia),
    bytes: `
      00000020                      // size 32
      6d646864                      // 'mdhd'
      00 000000                     // version, flags
      00000001                      // creation_time
      00000002                      // modification_time
      00015f90                      // timescale 90000
      00112380                      // duration
      55c4                          // pad 0, language 'und': 21, 14, 4 in 5 bits each
      0000                          // pre_defined
    `,
    read: [readMdhd, shortMedia],
  },
  {
    name: 'mdhd version 1: a duration that in 32 bits would mean "unknown"',
    box: mdhd(longMedia),
    bytes: `
      0000002c                      // size 44
      6d646864                      // 'mdhd'
      01 000000                     // version, flags
      0000000000000001              // creation_time
      0000000000000002              // modification_time
      00015f90                      // timescale 90000
      00000000ffffffff              // duration
      10b5                          // pad 0, language 'deu': 4, 5, 21
      0000                          // pre_defined
    `,
    read: [readMdhd, longMedia],
  },
  {
    name: 'hdlr: pictures',
    box: hdlr({ handlerType: 'vide', name: 'VideoHandler' }),
    bytes: `
      0000002d                      // size 45
      68646c72                      // 'hdlr'
      00 000000                     // version, flags
      00000000                      // pre_defined
      76696465                      // handler_type 'vide'
      00000000 00000000 00000000    // reserved
      566964656f48616e646c6572 00   // name 'VideoHandler', null-terminated
    `,
    read: [readHdlr, { handlerType: 'vide', name: 'VideoHandler' }],
  },
  {
    name: 'free: all of its length but the header is zeros',
    box: free(11),
    bytes: `
      0000000b                      // size 11
      66726565                      // 'free'
      000000                        // nothing that means anything
    `,
  },
  {
    name: 'wide: a header and nothing else',
    box: wide(),
    bytes: `
      00000008                      // size 8
      77696465                      // 'wide'
    `,
  },
  {
    name: 'vmhd: flags are 1 by the standard',
    box: vmhd(),
    bytes: `
      00000014                      // size 20
      766d6864                      // 'vmhd'
      00 000001                     // version, flags
      0000                          // graphicsmode: copy
      0000 0000 0000                // opcolor
    `,
  },
  {
    name: 'smhd: balance in the middle',
    box: smhd(),
    bytes: `
      00000010                      // size 16
      736d6864                      // 'smhd'
      00 000000                     // version, flags
      0000                          // balance
      0000                          // reserved
    `,
  },
  {
    name: 'dinf: one reference, to this very file',
    box: dinf(),
    bytes: `
      00000024                      // size 36
      64696e66                      // 'dinf'
      0000001c                      // size 28
      64726566                      // 'dref'
      00 000000                     // version, flags
      00000001                      // entry_count
      0000000c                      // size 12
      75726c20                      // 'url '
      00 000001                     // version, flags: media data is in the same file
    `,
  },
  {
    name: 'elst version 0: nothing for a while, then the media from its first picture on',
    box: elst(nothingThenMedia),
    bytes: `
      00000028                      // size 40
      656c7374                      // 'elst'
      00 000000                     // version, flags
      00000002                      // entry_count
      0000068f ffffffff             // segment_duration 1679, media_time -1: an empty edit
      0001 0000                     // media_rate 1.0
      000030c0 00000050             // segment_duration 12480, media_time 80
      0001 0000                     // media_rate 1.0
    `,
    read: [readElst, nothingThenMedia],
  },
  {
    name: 'elst version 1: a media time beyond 31 bits makes durations and times 64 bits wide',
    box: elst(lateMedia),
    bytes: `
      00000024                      // size 36
      656c7374                      // 'elst'
      01 000000                     // version, flags
      00000001                      // entry_count
      00000000000030c0              // segment_duration
      0000000080000000              // media_time
      0001 0000                     // media_rate 1.0
    `,
    read: [readElst, lateMedia],
  },
  {
    name: 'stsd: one sample entry',
    box: stsd(pasp({ horizontal: 4, vertical: 3 })),
    bytes: `
      00000020                      // size 32
      73747364                      // 'stsd'
      00 000000                     // version, flags
      00000001                      // entry_count
      00000010 70617370             // an entry (any box will do here)
      00000004 00000003
    `,
  },
  {
    name: 'avcC: the decoder configuration record as it is',
    box: avcC(avcConfiguration),
    bytes: avcCBytes,
    read: [
      (span) => parseAvcDecoderConfiguration(bodyReader(span).bytes(bodyReader(span).remaining)).value,
      avcConfiguration,
    ],
  },
  recordCase(
    'hvcC: the decoder configuration record as it is',
    `
      0000002a 68766343             // size 42, 'hvcC'
      01                            // configurationVersion
      01 60000000                   // profile space 0, tier 0, Main; compatibility flags
      900000000000                  // constraint flags
      3c                            // general_level_idc: 2
      f000 fc fd f8 f8              // no segmentation, no parallelism, 4:2:0, 8 bits, 8 bits
      0000 0f                       // no frame rate; one temporal layer, nested, lengths of 4 bytes
      01                            // numOfArrays
      a2 0001                       // complete, NAL unit type 34, one
      0006 4401c172b462             // a picture parameter set
    `,
    (span) => parseHevcDecoderConfiguration(bodyReader(span).bytes(bodyReader(span).remaining)),
    hvcC,
  ),
  recordCase(
    'av1C: the codec configuration record as it is',
    `
      0000000c 61763143             // size 12, 'av1C'
      81                            // marker, version 1
      04                            // Main, level 3.0
      0c                            // Main tier, 8 bits, 4:2:0
      00                            // no presentation delay
    `,
    readAv1C,
    av1C,
  ),
  recordCase(
    'vpcC: the record of version 1 as it is',
    `
      00000014 76706343             // size 20, 'vpcC'
      01 000000                     // version, flags
      00 1f                         // profile 0, level 3.1
      82                            // 8 bits, 4:2:0 co-located, limited range
      01 01 01                      // BT.709
      0000                          // no initialization data
    `,
    readVpcC,
    vpcC,
  ),
  recordCase(
    'dOps: the configuration as it is',
    `
      00000013 644f7073             // size 19, 'dOps'
      00 02                         // version, two channels
      0138                          // PreSkip 312
      0000bb80                      // InputSampleRate 48000
      0000 00                       // OutputGain, ChannelMappingFamily
    `,
    readDOps,
    dOps,
  ),
  recordCase('dac3: 48 kHz, stereo, 192 kbit/s', '0000000b 64616333 101140', readDac3, dac3),
  recordCase('dec3: one substream of 48 kHz, stereo', '0000000d 64656333 0600 200400', readDec3, dec3),
  recordCase(
    'dfLa: the metadata blocks as they are',
    `
      00000032 64664c61             // size 50, 'dfLa'
      00 000000                     // version, flags
      80 000022                     // the last block, STREAMINFO, 34 bytes
      1000 1000 000000 000000       // blocks of 4096, frames of unknown size
      0ac442f0 00000000             // 44100 Hz, 2 channels, 16 bits
      00000000 00000000 00000000 00000000
    `,
    readDfLa,
    dfLa,
  ),
  {
    name: 'colr: code points of ITU-T H.273, full range',
    box: colr({ primaries: 9, transfer: 16, matrix: 9, fullRange: true }),
    bytes: `
      00000013                      // size 19
      636f6c72                      // 'colr'
      6e636c78                      // colour_type 'nclx'
      0009                          // colour_primaries: BT.2020
      0010                          // transfer_characteristics: PQ
      0009                          // matrix_coefficients: BT.2020 non-constant luminance
      80                            // full_range_flag 1, 7 bits reserved
    `,
  },
  {
    name: 'colr: limited range',
    box: colr({ primaries: 1, transfer: 1, matrix: 1, fullRange: false }),
    bytes: '00000013 636f6c72 6e636c78 0001 0001 0001 00',
  },
  {
    name: 'pasp: pixels of 64:45',
    box: pasp({ horizontal: 64, vertical: 45 }),
    bytes: `
      00000010                      // size 16
      70617370                      // 'pasp'
      00000040                      // hSpacing
      0000002d                      // vSpacing
    `,
  },
  {
    name: 'avc1: a picture of 720x576 with its configuration, colour and pixel shape',
    box: avc1({
      width: 720,
      height: 576,
      configuration: avcConfiguration,
      colour: { primaries: 5, transfer: 1, matrix: 5, fullRange: false },
      pixelAspect: { horizontal: 64, vertical: 45 },
    }),
    bytes: `
      00000094                      // size 148
      61766331                      // 'avc1'
      000000000000                  // reserved
      0001                          // data_reference_index
      0000 0000                     // pre_defined, reserved
      00000000 00000000 00000000    // pre_defined
      02d0                          // width 720
      0240                          // height 576
      00480000                      // horizresolution 72 dpi
      00480000                      // vertresolution
      00000000                      // reserved
      0001                          // frame_count
      00                            // compressorname: length 0
      00000000000000000000000000000000000000000000000000000000000000
      0018                          // depth: colour, no alpha
      ffff                          // pre_defined -1
      ${avcCBytes}
      00000013 636f6c72 6e636c78    // 'colr' 'nclx'
      0005 0001 0005 00
      00000010 70617370             // 'pasp'
      00000040 0000002d
    `,
  },
  {
    name: 'esds: the elementary stream descriptor as it is',
    box: esds(audioDescriptor),
    bytes: esdsBytes,
    read: [readEsds, { value: audioDescriptor, fault: undefined }],
  },
  {
    name: 'mp4a: 6 channels at 48 kHz',
    box: mp4a({ channels: 6, sampleRate: 48000, descriptor: audioDescriptor }),
    bytes: `
      0000004b                      // size 75
      6d703461                      // 'mp4a'
      000000000000                  // reserved
      0001                          // data_reference_index
      00000000 00000000             // reserved
      0006                          // channelcount
      0010                          // samplesize 16
      0000                          // pre_defined
      0000                          // reserved
      bb80 0000                     // samplerate 48000 (16.16)
      ${esdsBytes}
    `,
  },
  {
    name: 'mp4a: 96 kHz does not fit 16.16 and is left to the AudioSpecificConfig',
    box: mp4a({ channels: 2, sampleRate: 96000, descriptor: audioDescriptor }),
    bytes: `
      0000004b 6d703461 000000000000 0001 00000000 00000000
      0002                          // channelcount
      0010 0000 0000
      0000 0000                     // samplerate: not said
      ${esdsBytes}
    `,
  },
  {
    name: 'stts: runs of durations',
    box: stts(runs([249, 40], [1, 1679], [2, 0xfffffffe])),
    bytes: `
      00000028                      // size 40
      73747473                      // 'stts'
      00 000000                     // version, flags
      00000003                      // entry_count
      000000f9 00000028             // sample_count 249, sample_delta 40
      00000001 0000068f             // 1, 1679
      00000002 fffffffe             // 2, 4294967294
    `,
    read: [
      (span) => rowsOf(readStts(span)),
      [
        [249, 40],
        [1, 1679],
        [2, 0xfffffffe],
      ],
    ],
  },
  {
    name: 'ctts version 0: no negative offset',
    box: ctts(runs([1, 80], [2, 0])),
    bytes: `
      00000020                      // size 32
      63747473                      // 'ctts'
      00 000000                     // version, flags
      00000002                      // entry_count
      00000001 00000050             // sample_count 1, sample_offset 80
      00000002 00000000             // 2, 0
    `,
    read: [
      (span) => rowsOf(readCtts(span)),
      [
        [1, 80],
        [2, 0],
      ],
    ],
  },
  {
    name: 'ctts version 1: signed offsets',
    box: ctts(runs([1, 80], [2, -40])),
    bytes: `
      00000020                      // size 32
      63747473                      // 'ctts'
      01 000000                     // version, flags
      00000002                      // entry_count
      00000001 00000050             // sample_count 1, sample_offset 80
      00000002 ffffffd8             // 2, -40
    `,
    read: [
      (span) => rowsOf(readCtts(span)).map(([count, offset]) => [count, offset! | 0]),
      [
        [1, 80],
        [2, -40],
      ],
    ],
  },
  {
    name: 'stss: sync samples are counted from 1',
    box: stss([1, 0, 0, 1, 1, 1], 5),
    bytes: `
      0000001c                      // size 28
      73747373                      // 'stss'
      00 000000                     // version, flags
      00000003                      // entry_count
      00000001 00000004 00000005    // sample_number
    `,
    read: [(span) => rowsOf(readStss(span)), [[1], [4], [5]]],
  },
  {
    name: 'stsz: a size for each sample',
    box: stsz(Uint32Array.of(1200, 90, 0)),
    bytes: `
      00000020                      // size 32
      7374737a                      // 'stsz'
      00 000000                     // version, flags
      00000000                      // sample_size: they differ
      00000003                      // sample_count
      000004b0 0000005a 00000000    // entry_size
    `,
    read: [
      (span) => {
        const { common, count, rows } = readStsz(span);
        return { common, count, rows: rowsOf(rows) };
      },
      { common: 0, count: 3, rows: [[1200], [90], [0]] },
    ],
  },
  {
    name: 'stsz: one size for all samples, and their count (the original wrote 0 here)',
    box: stsz(Uint32Array.of(417, 417, 417, 417)),
    bytes: `
      00000014                      // size 20
      7374737a                      // 'stsz'
      00 000000                     // version, flags
      000001a1                      // sample_size 417
      00000004                      // sample_count
    `,
    read: [
      (span) => {
        const { common, count } = readStsz(span);
        return { common, count };
      },
      { common: 417, count: 4 },
    ],
  },
  {
    name: 'stsz: empty samples need a table, for a common size of 0 means that there is one',
    box: stsz(Uint32Array.of(0, 0)),
    bytes: '0000001c 7374737a 00000000 00000000 00000002 00000000 00000000',
    read: [(span) => readStsz(span).count, 2],
  },
  {
    name: 'stsc: runs of chunks, each from its first chunk on',
    box: stsc(runs([2, 25], [1, 7], [3, 1])),
    bytes: `
      00000034                      // size 52
      73747363                      // 'stsc'
      00 000000                     // version, flags
      00000003                      // entry_count
      00000001 00000019 00000001    // first_chunk 1, samples_per_chunk 25, sample_description_index
      00000003 00000007 00000001    // 3, 7, 1
      00000004 00000001 00000001    // 4, 1, 1
    `,
    read: [
      (span) => rowsOf(readStsc(span)),
      [
        [1, 25, 1],
        [3, 7, 1],
        [4, 1, 1],
      ],
    ],
  },
  {
    name: 'stco: offsets in the new file, up to the last that 32 bits can say',
    box: stco(chunksAt(16, 0xffffff00), () => 0xff),
    bytes: `
      00000018                      // size 24
      7374636f                      // 'stco'
      00 000000                     // version, flags
      00000002                      // entry_count
      0000010f ffffffff             // chunk_offset
    `,
    read: [(span) => rowsOf(readStco(span)), [[0x10f], [0xffffffff]]],
  },
  {
    name: 'co64: offsets beyond 4 GiB',
    box: co64(chunksAt(16, 0xffffffff, 2 ** 52), () => 16),
    bytes: `
      00000028                      // size 40
      636f3634                      // 'co64'
      00 000000                     // version, flags
      00000003                      // entry_count
      0000000000000020              // chunk_offset
      000000010000000f
      0010000000000010
    `,
    read: [
      (span) => rowsOf(readCo64(span)),
      [
        [0, 0x20],
        [1, 0xf],
        [0x100000, 0x10],
      ],
    ],
  },
  {
    name: 'stz2: sizes of 4 bits, two in a byte',
    box: stz2([1, 15, 9], 4),
    bytes: `
      00000016                      // size 22
      73747a32                      // 'stz2'
      00 000000                     // version, flags
      000000 04                     // reserved, field_size
      00000003                      // sample_count
      1f 90                         // entry_size 1, 15, 9, padding
    `,
    read: [readStz2, { claimed: 3, sizes: Uint32Array.of(1, 15, 9) }],
  },
  {
    name: 'mfhd: the number of a fragment',
    box: mfhd(7),
    bytes: `
      00000010                      // size 16
      6d666864                      // 'mfhd'
      00 000000                     // version, flags
      00000007                      // sequence_number
    `,
  },
  {
    name: 'mehd: a duration beyond 32 bits',
    box: mehd(0x1_0000_0001),
    bytes: `
      00000014                      // size 20
      6d656864                      // 'mehd'
      01 000000                     // version 1, flags
      0000000100000001              // fragment_duration
    `,
    read: [readMehd, 0x1_0000_0001],
  },
  {
    name: 'trex: what fragments leave unsaid',
    box: trex(trackDefaults),
    bytes: `
      00000020                      // size 32
      74726578                      // 'trex'
      00 000000                     // version, flags
      00000002                      // track_ID
      00000001                      // default_sample_description_index
      00000400                      // default_sample_duration 1024
      00000000                      // default_sample_size
      02000000                      // default_sample_flags: depends on no other sample
    `,
    read: [readTrex, trackDefaults],
  },
  {
    name: 'tfhd: a base, a duration, and nothing else',
    box: tfhd(fragmentHeader),
    bytes: `
      0000001c                      // size 28
      74666864                      // 'tfhd'
      00 000009                     // version; base-data-offset and default-sample-duration present
      00000002                      // track_ID
      0000000200000000              // base_data_offset
      00000400                      // default_sample_duration
    `,
    read: [readTfhd, fragmentHeader],
  },
  {
    name: 'tfdt: a decode time within 32 bits',
    box: tfdt(90000),
    bytes: '00000010 74666474 00000000 00015f90',
    read: [readTfdt, 90000],
  },
  {
    name: 'trun: two samples, one of them shown before the fragment begins',
    box: trun(108, runSamples),
    bytes: `
      0000002c                      // size 44
      7472756e                      // 'trun'
      01 000b01                     // version 1: signed offsets; data offset, duration, size, composition offset
      00000002                      // sample_count
      0000006c                      // data_offset 108
      00000200 000003e8 00000400    // duration 512, size 1000, offset 1024
      00000200 00000064 fffffe00    // 512, 100, -512
    `,
    read: [
      (span) => {
        const run = readTrun(span);
        const samples: unknown[] = [];
        run.visit((sample) => samples.push({ ...sample }));
        return [run.claimed, run.count, run.dataOffset, run.firstSampleFlags, samples];
      },
      [2, 2, 108, undefined, runSamples],
    ],
  },
];

describe('each box is written as the standard lays it out', () => {
  for (const { name, box, bytes, read } of boxCases) {
    test(name, () => {
      const expected = hex(bytes);
      const actual = bytesOfBox(box);
      assert.equal(Buffer.from(actual).toString('hex'), Buffer.from(expected).toString('hex'));
      assert.equal(box.size, expected.length);
      const span = firstBox(expected);
      assert.deepEqual([span.type, span.end], [box.type, expected.length]);
      if (read !== undefined) assert.deepEqual(read[0](span), read[1]);
    });
  }

  test('every box of the folder stands in the table', async () => {
    const { readdirSync } = await import('node:fs');
    const { join } = await import('node:path');
    const { projectRoot } = await import('../support/project.ts');
    const modules = readdirSync(join(projectRoot, 'src/mp4/boxes')).map((file) => file.replace(/\.ts$/, ''));
    const inTable = new Set(boxCases.map(({ box }) => box.type));
    assert.deepEqual(
      modules.filter((module) => !inTable.has(module)),
      ['mdat'],
      'of mdat only the header is written; it has a test of its own',
    );
  });

  test('mdat: 8 bytes of header as long as the whole box fits 32 bits, 16 bytes beyond', () => {
    const cases: [mediaBytes: number, header: string][] = [
      [0, '00000008 6d646174'],
      [4096, '00001008 6d646174'],
      [0xffffffff - 8, 'ffffffff 6d646174'],
      [0xffffffff - 7, '00000001 6d646174 0000000100000008'], // size 1: largesize follows
      [2 ** 52, '00000001 6d646174 0010000000000010'],
    ];
    const check = (mediaBytes: number, header: string, isLarge?: boolean): void => {
      const writer = new ByteWriter();
      writeMdatHeader(mediaBytes, writer, isLarge);
      assert.equal(Buffer.from(writer.toBytes()).toString('hex'), header.replaceAll(' ', ''));
      assert.equal(mdatHeaderLength(mediaBytes, isLarge), writer.position);
    };
    for (const [mediaBytes, header] of cases) check(mediaBytes, header);
    check(4096, '00000001 6d646174 0000000000001010', true);
  });

  test('avc1: the boxes in it begin where the visual sample entry ends', () => {
    const entry = { width: 16, height: 16, configuration: avcConfiguration, colour: undefined, pixelAspect: undefined };
    const bytes = bytesOfBox(avc1(entry));
    const inside = firstBox(bytes.slice(8 + visualSampleEntryLength));
    assert.deepEqual([inside.type, inside.end], ['avcC', bytes.length - 8 - visualSampleEntryLength]);
  });
});

describe('audioBoxOffsets: where the boxes of an audio sample entry begin', () => {
  /** An entry whose sound description has this version. */
  const entry = (version: string): BoxSpan =>
    firstBox(
      hex(`
        0000001c 6d703461             // 'mp4a'
        000000000000 0001             // reserved, data_reference_index
        ${version} 0000 00000000      // version, revision level, vendor (QuickTime); reserved (ISO)
        00000000
      `),
    );

  test('behind 28 bytes, as ISO/IEC 14496-12 has it', () => {
    const bytes = bytesOfBox(mp4a({ channels: 2, sampleRate: 44100, descriptor: audioDescriptor }));
    assert.deepEqual(audioBoxOffsets(firstBox(bytes)), [audioSampleEntryLength]);
    assert.equal(firstBox(bytes.slice(8 + audioSampleEntryLength)).type, 'esds');
  });

  test("behind QuickTime's 16 or 36 bytes more where the version says so, or else as in ISO", () => {
    assert.deepEqual(audioBoxOffsets(entry('0001')), [44, 28]);
    assert.deepEqual(audioBoxOffsets(entry('0002')), [64, 28]);
    assert.deepEqual(audioBoxOffsets(entry('ffff')), [28]);
  });
});

describe('what a reader gives back is what was written', () => {
  const time = fc.oneof(fc.nat(0xffffffff), fc.integer({ min: 0xfffffff0, max: 0x1_0000_000f }), fc.maxSafeNat());
  const u32 = fc.nat(0xffffffff);
  const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
    fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
  const code = fc.string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((c) => String.fromCharCode(c)),
    minLength: 4,
    maxLength: 4,
  });
  const times = { creationTime: time, modificationTime: time, duration: time };
  /** Fixed point with this many bits before and after the point. */
  const fixed = (whole: number, fraction: number): fc.Arbitrary<number> =>
    fc.nat(2 ** (whole + fraction) - 1).map((value) => value / 2 ** fraction);

  function roundTrip<T>(
    name: string,
    values: fc.Arbitrary<T>,
    write: (value: T) => Box,
    read: (span: BoxSpan) => T,
  ): void {
    test(name, () => {
      fc.assert(
        fc.property(values, (value) => {
          const box = write(value);
          const bytes = bytesOfBox(box);
          assert.equal(bytes.length, box.size);
          assert.deepEqual(read(firstBox(bytes)), value);
        }),
      );
    });
  }

  roundTrip(
    'ftyp',
    plain({ majorBrand: code, minorVersion: u32, compatibleBrands: fc.array(code, { maxLength: 12 }) }),
    ftyp,
    readFtyp,
  );
  roundTrip('mvhd', plain({ ...times, timescale: u32, nextTrackId: u32 }), mvhd, readMvhd);
  roundTrip(
    'tkhd',
    plain({ ...times, trackId: u32, volume: fixed(8, 8), width: fixed(16, 16), height: fixed(16, 16) }),
    tkhd,
    readTkhd,
  );
  roundTrip(
    'mdhd',
    plain({
      ...times,
      timescale: u32,
      language: fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: 3, maxLength: 3 }),
    }),
    mdhd,
    readMdhd,
  );
  roundTrip(
    'hdlr',
    plain({
      handlerType: code,
      name: fc.string({ unit: fc.integer({ min: 1, max: 0xff }).map((c) => String.fromCharCode(c)), maxLength: 40 }),
    }),
    hdlr,
    readHdlr,
  );
  roundTrip(
    'elst',
    fc.array(plain({ segmentDuration: time, mediaTime: fc.oneof(fc.constant(-1), time) }), { maxLength: 20 }),
    elst,
    readElst,
  );

  const pairs = fc.array(fc.tuple(u32, u32), { maxLength: 60 });
  roundTrip(
    'stts',
    pairs,
    (rows) => stts(runs(...rows)),
    (span) => rowsOf(readStts(span)) as [number, number][],
  );
  roundTrip(
    'ctts',
    fc.array(fc.tuple(u32, fc.integer({ min: -0x80000000, max: 0x7fffffff })), { maxLength: 60 }),
    (rows) => ctts(runs(...rows)),
    (span) => rowsOf(readCtts(span)).map(([count, offset]): [number, number] => [count!, offset! | 0]),
  );
  roundTrip(
    'stco',
    fc.array(u32, { maxLength: 60 }),
    (offsets) => stco(chunksAt(...offsets), () => 0),
    (span) => rowsOf(readStco(span)).map(([offset]) => offset!),
  );
  roundTrip(
    'co64',
    fc.array(fc.maxSafeNat(), { maxLength: 60 }),
    (offsets) => co64(chunksAt(...offsets), () => 0),
    (span) => rowsOf(readCo64(span)).map(([high, low]) => high! * 2 ** 32 + low!),
  );
  roundTrip(
    'stsz',
    fc.oneof(
      fc.uint32Array({ maxLength: 60 }),
      fc.tuple(fc.nat(60), u32).map(([n, size]) => new Uint32Array(n).fill(size)),
    ),
    stsz,
    (span) => {
      const { common, count, rows } = readStsz(span);
      return common === 0 ? Uint32Array.from(rowsOf(rows).flat()) : new Uint32Array(count).fill(common);
    },
  );
  test('stss', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 1, maxLength: 60 }), (sync) => {
        const rows = rowsOf(readStss(firstBox(bytesOfBox(stss(sync, sync.length)))));
        const numbers = [...sync.keys()].filter((index) => sync[index] === 1).map((index) => [index + 1]);
        assert.deepEqual(rows, numbers);
      }),
    );
  });

  test('child: a box without a child of that type has none', () => {
    assert.equal(child(firstBox(bytesOfBox(dinf())), 'stbl'), undefined);
    assert.equal(child(firstBox(bytesOfBox(dinf())), 'dref')?.start, 8);
  });
});
