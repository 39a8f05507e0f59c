/** What becomes of the index files of a staging set when a server or its disk dies. */
import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';

/** Overwrites a part of a file with zeros, as a power cut does. */
function zero(path: string, part: 'first' | 'second'): void {
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes.fill(0, part === 'first' ? 0 : middle, part === 'first' ? middle : bytes.length);
  writeFileSync(path, bytes);
}

function halve(path: string): void {
  truncateSync(path, statSync(path).size >> 1);
}

/** What became of a set. The audio is track 1, the video track 2 in all that have both. */
export const indexLosses: Readonly<Record<string, (recording: string) => void>> = {
  'the audio’s track file is lost': (path) => rmSync(`${path}.track1`),
  'the video’s track file is lost': (path) => rmSync(`${path}.track2`),
  'the first half of the audio’s track file is zero': (path) => zero(`${path}.track1`, 'first'),
  'the second half of the audio’s track file is zero': (path) => zero(`${path}.track1`, 'second'),
  'the first half of the video’s track file is zero': (path) => zero(`${path}.track2`, 'first'),
  'the second half of the video’s track file is zero': (path) => zero(`${path}.track2`, 'second'),
  'the audio’s track file is torn': (path) => halve(`${path}.track1`),
  'the video’s track file is torn': (path) => halve(`${path}.track2`),
  '.info is empty': (path) => writeFileSync(`${path}.info`, ''),
  '.info and the audio’s track file are lost': (path) => {
    rmSync(`${path}.info`);
    rmSync(`${path}.track1`);
  },
  '.info and the video’s track file are lost': (path) => {
    rmSync(`${path}.info`);
    rmSync(`${path}.track2`);
  },
};

/** Of what is lost here `.info` alone or nothing at all told the rate of the audio. */
export const ratesLost: Readonly<Record<string, (recording: string) => void>> = {
  '.info is lost': (path) => rmSync(`${path}.info`),
  '.info and the audio’s track file are lost': indexLosses['.info and the audio’s track file are lost']!,
  '.info and the video’s track file are lost': indexLosses['.info and the video’s track file are lost']!,
  'all index files are lost': (path) => {
    for (const suffix of ['.info', '.track1', '.track2']) rmSync(path + suffix);
  },
};
