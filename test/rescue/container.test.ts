import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FileSource } from '../../src/io/file-source.ts';
import { containerOf, foreignFormatOf } from '../../src/rescue/container.ts';
import { goRecording } from '../flv/recordings.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { needs, runJudge } from '../support/judges.ts';
import { fixturesDirectory } from '../support/project.ts';
import { scratchDirectory } from '../support/scratch.ts';

describe('a file is told by its content', () => {
  it('where salvor reads it: MP4, FLV with and without its header, MPEG-TS behind junk', () => {
    const flv = goRecording('h264_aac', 'recording.flv');
    const chunk = new FileSource(join(fixturesDirectory, 'ems/ts/killed-chunked4-10s/rec_part0000.ts'));
    const ts = Buffer.from(chunk.read(0, 100_000));
    chunk.close();
    const cases = [
      ['mp4', goRecording('h265_segments_clean', 'recording.mp4')],
      ['flv', flv],
      ['flv', flv.subarray(13)],
      ['mpegts', ts],
      ['mpegts', Buffer.concat([Buffer.alloc(1000, 0x20), ts])],
      [undefined, Buffer.alloc(4096)],
      [undefined, Buffer.from('<!doctype html><title>404</title>')],
    ] as const;
    for (const [expected, bytes] of cases) assert.equal(containerOf(forgetfulSource(bytes)), expected);
  });

  it('where salvor does not read it: pages, playlists, nothing that has a name', () => {
    const name = (bytes: Uint8Array) => foreignFormatOf(forgetfulSource(bytes));
    assert.match(name(Buffer.from('\n<!DOCTYPE html><title>404 Not Found</title>'))!, /HTML/);
    assert.match(name(Buffer.from('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'))!, /XML/);
    assert.equal(name(Buffer.from('#EXTM3U\n#EXT-X-VERSION:3\n')), 'a playlist');
    // Zeros before a stream, as where its first blocks never reached the disk.
    assert.equal(name(Buffer.concat([Buffer.alloc(900), Buffer.from('000001b31600f0', 'hex')])), 'raw MPEG video');
    assert.equal(name(Buffer.concat([Buffer.alloc(900), Buffer.from('060e2b3402050101', 'hex')])), 'MXF');
    for (const bytes of [new Uint8Array(0), new Uint8Array(5000), new Uint8Array(5000).fill(0xa5)]) {
      assert.equal(name(bytes), undefined);
    }
  });

  const made: readonly (readonly [name: string, file: string, args: string])[] = [
    ['Matroska', 'a.mkv', '-c:v libx264 -c:a aac'],
    ['WebM', 'a.webm', '-c:v libvpx -c:a libopus'],
    ['AVI', 'a.avi', '-c:v mpeg4 -c:a mp3'],
    ['WAV', 'a.wav', '-vn'],
    ['Ogg', 'a.ogg', '-vn -c:a libopus'],
    ['an MPEG program stream', 'a.mpg', '-c:v mpeg2video -c:a mp2'],
    ['MXF', 'a.mxf', '-c:v mpeg2video -pix_fmt yuv420p -r 25 -an'],
    ['WTV (Windows Media Center)', 'a.wtv', '-c:v mpeg2video -c:a mp2'],
    ['raw MPEG video', 'a.m2v', '-an -c:v mpeg2video'],
    ['raw FLAC', 'a.flac', '-vn'],
    ['raw H.264', 'a.h264', '-an -c:v libx264'],
    ['raw H.265', 'a.hevc', '-an -c:v libx265 -x265-params log-level=none'],
    ['raw AAC (ADTS)', 'a.aac', '-vn -c:a aac'],
    ['raw MPEG audio', 'a.mp3', '-vn -id3v2_version 0 -write_xing 0'],
  ];
  it('where salvor does not read it: what ffmpeg writes in other formats', needs('ffmpeg'), async (t) => {
    const directory = scratchDirectory(t);
    for (const [name, file, args] of made) {
      const path = join(directory, file);
      const sources = '-f lavfi -i testsrc=size=64x48:rate=10 -f lavfi -i sine=sample_rate=44100 -t 0.5';
      const words = ['-nostdin', '-v', 'error', ...sources.split(' '), ...args.split(' '), path];
      const { status, stderr } = await runJudge('ffmpeg', words);
      assert.equal(status, 0, `${name}: ${stderr}`);
      const source = new FileSource(path);
      assert.equal(containerOf(source), undefined, name);
      assert.equal(foreignFormatOf(source), name);
      source.close();
    }
  });
});
