/**
 * The parts of the JSON that scripts know from `ffprobe -of json -show_format -show_streams`: the same names, units and
 * types, in the same order, for every field that both know. Numbers that ffprobe prints as text are text here too.
 */
import {
  codecLongName,
  decoderDefaults,
  dispositionFields,
  formatLongName,
  ratio,
  valueOf,
} from '../../media/ffprobe/ffprobe.ts';
import type { ProbedRecording, ProbedTrack, Ratio } from '../../media/probed-recording.ts';

type Fields = Record<string, string | number | object>;

const slashed = ({ numerator, denominator }: Ratio): string => `${numerator}/${denominator}`;
const none: Ratio = { numerator: 0, denominator: 0 };

/** Seconds with six digits, as ffprobe prints them. */
function seconds(value: number): string {
  return value.toFixed(6);
}

/** Ticks as seconds, rounded as C prints doubles. */
function tickSeconds(ticks: number, timeBase: Ratio): string {
  return seconds((ticks * timeBase.numerator) / timeBase.denominator);
}

/** Leaves out what is not known. */
function known(fields: Record<string, string | number | object | undefined>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

/** A four-character code as the number it is, bytes from low to high. */
function tagNumber(tag: string): string {
  const bracketed = [...tag.matchAll(/\[(\d+)\]|([^[])/g)].map(([, number, character]) =>
    number === undefined ? character!.charCodeAt(0) : Number(number),
  );
  let value = 0;
  for (const [index, byte] of bracketed.slice(0, 4).entries()) value += byte * 256 ** index;
  return `0x${value.toString(16).padStart(4, '0')}`;
}

/** What ffprobe says of these codecs whatever their profile. */
const fixedMimeCodecs: Readonly<Record<string, string>> = {
  mp2: 'mp4a.40.33',
  mp3: 'mp4a.40.34',
  mpeg4: 'mp4v.20',
  ac3: 'ac-3',
  eac3: 'ec-3',
};

/** As ffprobe writes it: hexadecimal digits small, of VP9 only what must be there. */
function mimeCodec({ name, mimeCodec: full }: ProbedTrack['codec']): string | undefined {
  if (name !== undefined && Object.hasOwn(fixedMimeCodecs, name)) return fixedMimeCodecs[name];
  if (name === 'h264') return full?.toLowerCase();
  return name === 'vp9' ? full?.split('.').slice(0, 4).join('.') : full;
}

/** One entry of `streams`; fields that are not known are absent. */
export function streamForm(track: ProbedTrack): Fields {
  const { codec, kind, timeBase, startTicks, durationTicks } = track;
  const isVideo = kind === 'video';
  const aspect = codec.sampleAspect;
  const display =
    aspect === undefined || codec.width === undefined || codec.height === undefined
      ? undefined
      : ratio(codec.width * aspect.numerator, codec.height * aspect.denominator);
  const colons = (value: Ratio | undefined): string | undefined =>
    value === undefined ? undefined : `${value.numerator}:${value.denominator}`;
  const further = { ...decoderDefaults(codec.name), ...codec.further };
  return known({
    index: track.index,
    codec_name: codec.name,
    codec_long_name: codecLongName(codec.name),
    profile: codec.profile,
    codec_type: kind,
    codec_tag_string: track.codecTag === '' ? '[0][0][0][0]' : track.codecTag,
    codec_tag: tagNumber(track.codecTag),
    mime_codec_string: mimeCodec(codec),
    ...(isVideo
      ? {
          width: codec.width ?? 0,
          height: codec.height ?? 0,
          coded_width: further['coded_width'] ?? codec.width ?? 0,
          coded_height: further['coded_height'] ?? codec.height ?? 0,
          has_b_frames: codec.reorderedFrames ?? 0,
          sample_aspect_ratio: colons(aspect),
          display_aspect_ratio: colons(display),
          pix_fmt: codec.pixelFormat ?? further['pix_fmt'],
          level: codec.level ?? -99,
          color_range: further['color_range'],
          color_space: further['color_space'],
          color_transfer: further['color_transfer'],
          color_primaries: further['color_primaries'],
          chroma_location: further['chroma_location'],
          field_order: further['field_order'],
          ...(codec.name === 'h264'
            ? { is_avc: further['is_avc'] ?? 'false', nal_length_size: further['nal_length_size'] ?? '0' }
            : {}),
        }
      : {}),
    ...(kind === 'audio'
      ? {
          sample_fmt: further['sample_fmt'],
          sample_rate: codec.sampleRate === undefined ? undefined : String(codec.sampleRate),
          channels: codec.channels,
          channel_layout: codec.channelLayout,
          bits_per_sample: further['bits_per_sample'] ?? 0,
        }
      : {}),
    id: track.id === undefined ? undefined : `0x${track.id.toString(16)}`,
    r_frame_rate: slashed(track.realFrameRate ?? none),
    avg_frame_rate: slashed(track.averageFrameRate ?? none),
    time_base: slashed(timeBase),
    start_pts: startTicks,
    start_time: startTicks === undefined || valueOf(timeBase) === 0 ? undefined : tickSeconds(startTicks, timeBase),
    duration_ts: durationTicks,
    duration: durationTicks === undefined || valueOf(timeBase) === 0 ? undefined : tickSeconds(durationTicks, timeBase),
    bit_rate: track.bitRate === undefined ? undefined : String(track.bitRate),
    bits_per_raw_sample: further['bits_per_raw_sample'],
    nb_frames: track.frames === undefined ? undefined : String(track.frames),
    extradata_size: codec.extradataSize,
    disposition: dispositionFields(track.dispositions ?? []),
    tags: tagsOf({ ...track.tags, ...(track.language === undefined ? {} : { language: track.language }) }),
  });
}

/** ffprobe leaves the object out where there is nothing in it. */
function tagsOf(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  return Object.keys(tags).length === 0 ? undefined : tags;
}

/** The entry `format`; fields that are not known are absent. */
export function formatForm(recording: ProbedRecording): Fields {
  const { startSeconds, durationSeconds, bitRate } = recording;
  return known({
    filename: recording.path,
    nb_streams: recording.tracks.length,
    nb_programs: recording.programs ?? (recording.formatName === undefined ? undefined : 0),
    format_name: recording.formatName,
    format_long_name: formatLongName(recording.formatName),
    start_time: startSeconds === undefined ? undefined : seconds(startSeconds),
    duration: durationSeconds === undefined ? undefined : seconds(durationSeconds),
    size: String(recording.files.reduce((sum, { bytes }) => sum + bytes, 0)),
    bit_rate: bitRate === undefined ? undefined : String(bitRate),
    tags: tagsOf(recording.tags ?? {}),
  });
}
