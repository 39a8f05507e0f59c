/** What an MP4 or MOV says of itself and of its tracks in words, as ffprobe lists it under `tags`. */
import { secondsFrom1904To1970 } from '../../mp4/creation-time.ts';
import { languageName } from '../../mp4/metadata-texts.ts';
import type { MovieFile, MovieTrack } from '../../mp4/movie-reader.ts';
import type { SampleEntry } from '../../mp4/sample-entry.ts';

/** Latest time that is believed: the year 9999. */
const latest = 253_402_300_799;

type Tags = Record<string, string>;

/** Seconds since 1904 as ffprobe writes a time; none where nothing is said. Some count from 1970 all the same. */
function creationTime(seconds: number): Tags {
  if (seconds === 0) return {};
  const unix = seconds >= secondsFrom1904To1970 ? seconds - secondsFrom1904To1970 : seconds;
  if (unix > latest) return {};
  return { creation_time: new Date(unix * 1000).toISOString().replace(/\.\d+Z$/, '.000000Z') };
}

/** Of the file: its brands, when it was made, and the texts of its metadata. */
export function movieTags({ fileType, movie }: MovieFile): Tags {
  const brands =
    fileType === undefined
      ? {}
      : {
          major_brand: fileType.majorBrand,
          minor_version: String(fileType.minorVersion),
          // Some are filled up with zeros.
          compatible_brands: fileType.compatibleBrands.join('').replace(/\0.*$/s, ''),
        };
  return { ...brands, ...creationTime(movie?.header?.creationTime ?? 0), ...movie?.texts };
}

/** Of a track: when it was made, who handles it, who compressed it. */
export function trackTags({ mediaHeader, handler, entries, texts }: MovieTrack, inQuickTime: boolean): Tags {
  const [entry] = entries;
  const compressor = entry?.visual?.compressor ?? '';
  return {
    ...creationTime(mediaHeader?.creationTime ?? 0),
    ...languageOf(mediaHeader?.language),
    ...(handler.name === '' ? {} : { handler_name: inQuickTime ? handlerName(handler.name) : handler.name }),
    ...vendorOf(entry, inQuickTime),
    ...(compressor === '' ? {} : { encoder: compressor }),
    ...texts,
  };
}

/** In ISO files the vendor is said of pictures only, and zeros say none; in QuickTime it is always said. */
function vendorOf(entry: SampleEntry | undefined, inQuickTime: boolean): Tags {
  const vendor = entry?.vendor ?? '';
  const isSaid = inQuickTime ? vendor !== '' : entry?.audio === undefined && /[^\0]/.test(vendor);
  return isSaid ? { vendor_id: [...vendor].map((each) => (each === '\0' ? '[0]' : each)).join('') } : {};
}

/** Whether ffprobe takes it for QuickTime rather than an ISO file. */
export function isQuickTime({ fileType }: MovieFile): boolean {
  return fileType === undefined || [fileType.majorBrand, ...fileType.compatibleBrands].includes('qt  ');
}

/** In QuickTime the length stands before the name, as a rule. */
function handlerName(name: string): string {
  return name.charCodeAt(0) === name.length - 1 ? name.slice(1) : name;
}

function languageOf(language: string | undefined): Tags {
  if (language === undefined) return {};
  const packed = [...language].reduce((sum, letter) => sum * 32 + ((letter.charCodeAt(0) - 0x60) & 0x1f), 0);
  const name = languageName(packed);
  return name === undefined ? {} : { language: name };
}
