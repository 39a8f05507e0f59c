/** What ffprobe prints of a codec whatever its configuration says: the one form in which its decoder gives samples and pictures. */

type Defaults = Readonly<Record<string, string | number>>;

const floatPlanes: Defaults = { sample_fmt: 'fltp' };
const float: Defaults = { sample_fmt: 'flt' };
const yuv420p: Defaults = { pix_fmt: 'yuv420p' };
const words: Defaults = { sample_fmt: 's16' };

const byCodec: Readonly<Record<string, Defaults>> = {
  aac: floatPlanes,
  aac_latm: floatPlanes,
  ac3: floatPlanes,
  eac3: floatPlanes,
  mp3: floatPlanes,
  opus: floatPlanes,
  amr_nb: floatPlanes,
  amr_wb: floatPlanes,
  speex: float,
  nellymoser: float,
  qdm2: words,
  adpcm_swf: words,
  pcm_alaw: { ...words, bits_per_sample: 8 },
  pcm_mulaw: { ...words, bits_per_sample: 8 },
  pcm_s16le: { ...words, bits_per_sample: 16 },
  adpcm_ima_qt: { sample_fmt: 's16p', bits_per_sample: 4 },
  flv1: yuv420p,
  vp6f: yuv420p,
  vp6a: { pix_fmt: 'yuva420p' },
  flashsv: { pix_fmt: 'bgr24' },
  flashsv2: { pix_fmt: 'bgr24' },
  h263: { ...yuv420p, chroma_location: 'center' },
  mpeg4: { ...yuv420p, chroma_location: 'left' },
  svq1: { pix_fmt: 'yuv410p' },
  svq3: { pix_fmt: 'yuvj420p', color_range: 'pc', bits_per_raw_sample: '8' },
  cinepak: { pix_fmt: 'rgb24' },
};

/** The fields of a `codec_name` that are always the same; empty where there are none. */
export function decoderDefaults(name: string | undefined): Defaults {
  return (name === undefined ? undefined : byCodec[name]) ?? {};
}
