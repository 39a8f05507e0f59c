/**
 * An ffmpeg on the PATH as a witness: it decodes the first pictures of a file, and what it complains of is told in its own
 * words. It is never needed, and knows nothing of what the file is made of.
 */
import { spawn } from 'node:child_process';
import { FileSource } from './file-source.ts';

/** What came of decoding; `why` and `complaint`: a clause. */
export type Decoding =
  | { readonly kind: 'decoded' }
  | { readonly kind: 'complained'; readonly complaint: string }
  | { readonly kind: 'not decoded'; readonly why: string };

/** Pictures that are decoded at most, and of how many seconds: where none can be decoded it would read all of the file. */
const maxPictures = 48;
const maxSeconds = 10;
/** Milliseconds after which it is stopped. */
const patience = 120_000;
/** Characters that are kept of what it says. */
const maxSaid = 16 * 1024;

/** The file is handed over open, as the fourth of the descriptors: names may be any bytes. */
function wordsFor(which: 'all' | 'key'): readonly string[] {
  const input = `-f mov -t ${maxSeconds} -i /dev/fd/3 -map 0:v:0 -frames:v ${maxPictures} -f null -`;
  const skipped = which === 'key' ? ' -skip_frame nokey' : '';
  return `-nostdin -hide_banner -v error -err_detect crccheck${skipped} ${input}`.split(' ');
}

/**
 * Lets it decode the first pictures of an MP4, or of those the ones that refer to no other. What cannot be run, or knows no
 * such codec, decodes nothing and is no error.
 */
export async function decodeFirstPictures(
  path: string,
  which: 'all' | 'key',
  signal: AbortSignal | undefined,
): Promise<Decoding> {
  const source = new FileSource(path);
  try {
    return await new Promise((resolve) => {
      const stdio = ['ignore', 'ignore', 'pipe', source.descriptor] as const;
      const child = spawn('ffmpeg', wordsFor(which), { stdio: [...stdio], signal, timeout: patience });
      let said = '';
      child.stderr!.on('data', (text: Buffer) => void (said = `${said}${text.toString()}`.slice(0, maxSaid)));
      child.once('error', (error: NodeJS.ErrnoException) => {
        const why =
          error.code === 'ENOENT' ? 'there is no ffmpeg on the PATH' : `ffmpeg cannot be run: ${error.message}`;
        resolve({ kind: 'not decoded', why });
      });
      child.once('close', (code, by) => {
        if (by !== null) resolve({ kind: 'not decoded', why: `ffmpeg was ended by ${by}` });
        else resolve(whatCame(code ?? 0, said));
      });
    });
  } finally {
    source.close();
  }
}

function whatCame(code: number, said: string): Decoding {
  const complaints = said
    .split('\n')
    // Its objects have addresses, which say nothing; of times, its muxer alone complains.
    .map((line) => line.replaceAll(/ @ 0x[0-9a-f]+/g, '').trim())
    .filter((line) => line !== '' && !line.includes('to muxer'));
  const [first] = complaints;
  if (complaints.some((line) => /no decoder found|unknown decoder|decoder .* not found/i.test(line))) {
    return { kind: 'not decoded', why: 'the ffmpeg on the PATH does not know the codec' };
  }
  if (first === undefined && code === 0) return { kind: 'decoded' };
  const more = complaints.length > 1 ? ` (and ${complaints.length - 1} more)` : '';
  return { kind: 'complained', complaint: `${first ?? `it ended with ${code}`}${more}` };
}
