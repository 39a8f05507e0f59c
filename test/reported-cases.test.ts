/**
 * The MP4s that were reported, each as a small file with what is right of it, and the test that holds it: no case is without
 * one, and every test that is named exists. The files themselves lie beside the project, where they do; tests make their own.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './support/project.ts';

const chunks = 'commands/repair/chunk-layouts.test.ts';
const standing = 'commands/repair/standing-index.test.ts';
const audio = 'commands/repair/audio-tracks.test.ts';
const others = 'commands/repair/other-tracks.test.ts';
const trials = 'commands/repair/trials.test.ts';
const reported = 'commands/repair/reported.test.ts';
const movies = 'commands/probe/movies.test.ts';

/** By case: the file and a part of the test that holds it. */
const held: Readonly<Record<string, readonly [file: string, part: string]>> = {
  'android-1s-chunks': [chunks, '1 s of pictures, 1 s of audio'],
  'android-av-offset': [reported, 'android-av-offset'],
  'coremedia-av-offset': [reported, 'coremedia-av-offset'],
  'deep-damaged-repair-sound': [standing, 'what repair leaves out because it is zero is what probe --deep tells of'],
  'dji-data-track': [others, '132 bytes of anything behind every picture'],
  'first-picture-over-1MiB': [trials, 'a first picture of more than a megabyte, audio behind it'],
  'flashphoner-header-tmp': [standing, 'in a file beside the media (Flashphoner)'],
  'fmp4-init-lost': [standing, 'the moov in front of fragments is zero'],
  'gopro-fdsc': [others, 'gopro-fdsc'],
  'head-512-zero': [standing, 'the first 512 bytes are zero'],
  'head-encrypted': [standing, 'the first 60000 bytes are encrypted, and a note is appended'],
  'ipcm-24le': [audio, 'pcm_s24le'],
  'ipcm-silence': [audio, 'every value comes back, silence too'],
  'iphone-mebx': [others, 'iphone-mebx'],
  'mkv-unreadable': ['rescue/container.test.ts', "['Matroska', 'a.mkv'"],
  'mp4-concat': ['commands/repair/joined.test.ts', 'of the same settings become one recording'],
  'obs-hybrid-final-moov-torn': [standing, 'an mdat lies over all that was written, and the moov behind it is torn'],
  'obs-hybrid-final-no-moov': [standing, 'an mdat lies over all that was written'],
  'probe-alac-mono': ['commands/probe/ffprobe.test.ts', "['alac.mp4'"],
  'probe-amr-rate-and-channels': [movies, 'has AMR as one channel of 8000 or 16000 Hz, whatever its entry says'],
  'probe-axte-false-alarm': [movies, 'is not confused by a box of another kind that holds a moov of its own'],
  'probe-cmov-false-alarm': [movies, 'whose moov is compressed says what it says of the plain one'],
  'probe-qdm2-false-alarm': [movies, 'counts the packets of QuickTime sound whose tables count samples'],
  'probe-start-of-pictures-shown-before-the-first': [
    movies,
    'begins with the picture that is shown first, not with the one that is decoded first',
  ],
  'ref-other-size': [
    'commands/repair/reference-pairs.test.ts',
    'of recordings that differ in one setting, only the right one is a reference',
  ],
  'ref-two': ['commands/repair/second-judge.test.ts', 'the proven one wins, although the other is called more alike'],
  'reference-rate-ignored': [chunks, 'VP9 at 30 a second that announces none'],
  'repair-rewrites-intact-iphone': ['commands/repair/one-opinion.test.ts', 'of an iPhone, with timed metadata'],
  'rotation-lost': ['commands/repair/carried-boxes.test.ts', 'rotation and a timecode, in QuickTime'],
  'sound-unknown-codec': ['commands/repair/framed-codecs.test.ts', 'ALAC of two channels'],
  'torn-moov-plus-reference': [audio, 'a reference takes nothing away from what a torn moov says'],
  'two-aac-tracks': [reported, 'two-aac-tracks'],
  'vp9-keyframe-over-96k': [trials, 'a first picture of VP9 of more than a hundred kilobytes'],
  'zero-tail-longer-than-media': [trials, 'zeros longer than the media, behind it and in front of it'],
};

/** Where the cases lie, if they do: beside the project, or where the environment says. */
const cases = join(process.env['SALVOR_SHARED'] ?? join(projectRoot, '../shared'), 'cases/mp4');

test('every MP4 that was reported has a test', { skip: !existsSync(cases) && 'the cases are not here' }, () => {
  assert.deepEqual(Object.keys(held), readdirSync(cases).sort());
});

test('the tests of the MP4s that were reported exist', () => {
  assert.equal(Object.keys(held).length, 34);
  for (const [name, [file, part]] of Object.entries(held)) {
    const text = readFileSync(join(projectRoot, 'test', file), 'utf8');
    assert.match(text, /^ *(test|describe)\(/m, file);
    assert.ok(text.includes(part), `${name}: ${file} has no test '${part}'`);
  }
});
