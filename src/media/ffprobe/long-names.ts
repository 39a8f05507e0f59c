/** The names that ffprobe gives codecs and formats for people, by those for programs. */

const codecs: Readonly<Record<string, string>> = {
  '8bps': 'QuickTime 8BPS video',
  aac: 'AAC (Advanced Audio Coding)',
  aac_latm: 'AAC LATM (Advanced Audio Coding LATM syntax)',
  ac3: 'ATSC A/52A (AC-3)',
  ac4: 'AC-4',
  adpcm_ima_qt: 'ADPCM IMA QuickTime',
  adpcm_swf: 'ADPCM Shockwave Flash',
  alac: 'ALAC (Apple Lossless Audio Codec)',
  amr_nb: 'AMR-NB (Adaptive Multi-Rate NarrowBand)',
  amr_wb: 'AMR-WB (Adaptive Multi-Rate WideBand)',
  arib_caption: 'ARIB STD-B24 caption',
  av1: 'Alliance for Open Media AV1',
  bin_data: 'binary data',
  cfhd: 'GoPro CineForm HD',
  cinepak: 'Cinepak',
  dnxhd: 'VC3/DNxHD',
  dts: 'DCA (DTS Coherent Acoustics)',
  dvb_subtitle: 'DVB subtitles',
  dvb_teletext: 'DVB teletext',
  eac3: 'ATSC A/52B (AC-3, E-AC-3)',
  eia_608: 'EIA-608 closed captions',
  epg: 'Electronic Program Guide',
  flac: 'FLAC (Free Lossless Audio Codec)',
  flashsv: 'Flash Screen Video v1',
  flashsv2: 'Flash Screen Video v2',
  flv1: 'FLV / Sorenson Spark / Sorenson H.263 (Flash Video)',
  gsm: 'GSM',
  h263: 'H.263 / H.263-1996, H.263+ / H.263-1998 / H.263 version 2',
  h264: 'H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10',
  hdmv_pgs_subtitle: 'HDMV Presentation Graphic Stream subtitles',
  hevc: 'H.265 / HEVC (High Efficiency Video Coding)',
  jpeg2000: 'JPEG 2000',
  klv: 'SMPTE 336M Key-Length-Value (KLV) metadata',
  mace3: 'MACE (Macintosh Audio Compression/Expansion) 3:1',
  mace6: 'MACE (Macintosh Audio Compression/Expansion) 6:1',
  mjpeg: 'Motion JPEG',
  mjpegb: 'Apple MJPEG-B',
  mov_text: 'MOV text',
  mp2: 'MP2 (MPEG audio layer 2)',
  mp3: 'MP3 (MPEG audio layer 3)',
  mp4als: 'MPEG-4 Audio Lossless Coding (ALS)',
  mpeg1video: 'MPEG-1 video',
  mpeg2video: 'MPEG-2 video',
  mpeg4: 'MPEG-4 part 2',
  mpegh_3d_audio: 'MPEG-H 3D Audio',
  msvideo1: 'Microsoft Video 1',
  nellymoser: 'Nellymoser Asao',
  opus: 'Opus (Opus Interactive Audio Codec)',
  pcm_alaw: 'PCM A-law / G.711 A-law',
  pcm_mulaw: 'PCM mu-law / G.711 mu-law',
  png: 'PNG (Portable Network Graphics) image',
  prores: 'Apple ProRes (iCodec Pro)',
  qcelp: 'QCELP / PureVoice',
  qdm2: 'QDesign Music Codec 2',
  qdmc: 'QDesign Music',
  qtrle: 'QuickTime Animation (RLE) video',
  rpza: 'QuickTime video (RPZA)',
  scte_35: 'SCTE 35 Message Queue',
  smc: 'QuickTime Graphics (SMC)',
  speex: 'Speex',
  svq1: 'Sorenson Vector Quantizer 1 / Sorenson Video 1 / SVQ1',
  svq3: 'Sorenson Vector Quantizer 3 / Sorenson Video 3 / SVQ3',
  text: 'raw UTF-8 text',
  timed_id3: 'timed ID3 metadata',
  truehd: 'TrueHD',
  ttml: 'Timed Text Markup Language',
  vc1: 'SMPTE VC-1',
  vp6a: 'On2 VP6 (Flash version, with alpha channel)',
  vp6f: 'On2 VP6 (Flash version)',
  vp8: 'On2 VP8',
  vp9: 'Google VP9',
  vvc: 'H.266 / VVC (Versatile Video Coding)',
  webvtt: 'WebVTT subtitle',
};

const pcmKinds: Readonly<Record<string, string>> = { s: 'signed', u: 'unsigned' };
const pcmEnds: Readonly<Record<string, string>> = { le: ' little-endian', be: ' big-endian', '': '' };

/** `codec_long_name` of a `codec_name`; undefined where salvor knows none. */
export function codecLongName(name: string | undefined): string | undefined {
  const pcm = /^pcm_([suf])(\d+)(le|be|)$/.exec(name ?? '');
  if (pcm === null) return name === undefined ? undefined : codecs[name];
  const [, kind = '', bits = '', end = ''] = pcm;
  const what = kind === 'f' ? `${bits}-bit floating point` : `${pcmKinds[kind]!} ${bits}-bit`;
  return `PCM ${what}${pcmEnds[end]!}`;
}

const formats: Readonly<Record<string, string>> = {
  'mov,mp4,m4a,3gp,3g2,mj2': 'QuickTime / MOV',
  flv: 'FLV (Flash Video)',
  mpegts: 'MPEG-TS (MPEG-2 Transport Stream)',
};

/** `format_long_name` of a `format_name`. */
export function formatLongName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : formats[name];
}
