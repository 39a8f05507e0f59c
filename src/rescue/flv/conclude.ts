/**
 * From what the rules decided to what is done: nothing, a patch of values where they stand, or a rewrite. Values that
 * depend on where things lie are settled here, when the length of everything is known.
 */
import { ByteWriter } from '../../bytes/byte-sink.ts';
import { flvHeaderLength, writeFlvHeader } from '../../flv/header.ts';
import { editMetadata, encodeAmf0Value, newMetadata, propertyOf } from '../../flv/metadata.ts';
import {
  previousTagSizeLength,
  tagHeaderLength,
  TagType,
  writePreviousTagSize,
  writeTagHeader,
} from '../../flv/tag.ts';
import type { Patch } from '../../io/patched-source.ts';
import { SalvorError } from '../../media/errors.ts';
import { plain, setCompanions } from './expectations.ts';
import type { FixContext } from './plan.ts';
import { placesOfPatchedFile, placesOfRewrittenFile } from './rules/file-places.ts';
import { setFlags } from './rules/file-header.ts';
import { indexOfPatchedFile, indexOfRewrittenFile } from './rules/key-frame-index.ts';

/** What is to be done with a file. */
export type Conclusion =
  | { readonly kind: 'nothing' }
  /** The file is intact, and the result is to be elsewhere. */
  | { readonly kind: 'copy' }
  | { readonly kind: 'patch'; readonly patches: readonly Patch[] }
  | Rewrite;

interface Rewrite {
  readonly kind: 'rewrite';
  /** Everything before the first kept tag. */
  readonly head: Uint8Array;
}

/**
 * What follows from the rules; a rewrite is concluded by `concludeRewrite` when its tags are laid out. `fileSize`: bytes of
 * the file as it is.
 */
export function conclude(context: FixContext, fileSize: number): Exclude<Conclusion, Rewrite> | 'rewrite' {
  const { rewriteReasons } = context;
  if (rewriteReasons.length === 0) {
    placesOfPatchedFile(context, fileSize);
    const index = indexOfPatchedFile(context);
    if (index === 'rewrite') rewriteReasons.push('the index of key frames is written');
    else if (index !== 'right') context.values.set('keyframes', index);
    if (rewriteReasons.length === 0 && patchesOf(context)?.length === 0) return { kind: 'nothing' };
    setAlong(context);
    const patches = patchesOf(context);
    if (patches === undefined) rewriteReasons.push('onMetaData gets values that it has no room for');
    else if (rewriteReasons.length === 0) return { kind: 'patch', patches };
  }
  setAlong(context);
  return 'rewrite';
}

/** Sets right what is no reason by itself to change a file. */
function setAlong(context: FixContext): void {
  setCompanions(context);
  if (context.flagsAlong !== undefined) setFlags(context, context.flagsAlong);
  context.flagsAlong = undefined;
}

/** A rewrite of tags that are laid out for it. */
export function concludeRewrite(context: FixContext): Conclusion {
  setAlong(context);
  return { kind: 'rewrite', head: headOf(context) };
}

/** The patches that set every value where it stands; undefined where one has another length than what is there. */
function patchesOf({ metadata, survey, values, patches }: FixContext): Patch[] | undefined {
  const all = [...patches];
  const base = survey.metadata === undefined ? 0 : survey.metadata.offset + tagHeaderLength;
  for (const [name, value] of values) {
    const property = metadata === undefined ? undefined : propertyOf(metadata, name);
    const bytes = encodeAmf0Value(value);
    if (property === undefined || property.end - property.start !== bytes.length) return undefined;
    all.push({ offset: base + property.start, bytes });
  }
  return all;
}

/** Header, `onMetaData` and the sequence headers that are put in. */
function headOf(context: FixContext): Uint8Array {
  const inserted = insertedTags(context);
  // Once with places that are not known yet, for the length; numbers all take the same room.
  const before = flvHeaderLength + previousTagSizeLength + tagHeaderLength + previousTagSizeLength + inserted.length;
  const shift = before + metadataOf(context, 0, 0).length;
  const fileSize = shift + context.layout.bytes;
  const metadata = metadataOf(context, fileSize, shift);
  recordPlaces(context, fileSize, shift);
  const writer = new ByteWriter(shift + 64);
  writeFlvHeader(writer, context.outputHeader);
  writer.u32(0);
  writeTag(writer, TagType.scriptData, 0, metadata);
  writer.bytes(inserted);
  return writer.toBytes();
}

/** The changes that follow from where things lie, in place of those that the file as it was would have had. */
function recordPlaces(context: FixContext, fileSize: number, shift: number): void {
  const { changes, metadata } = context;
  for (const [name, value] of placesOfRewrittenFile(context, fileSize, shift)) {
    const known = changes.findIndex((change) => change.name === name);
    if (known >= 0) changes.splice(known, 1);
    const property = metadata === undefined ? undefined : propertyOf(metadata, name);
    const old = property === undefined ? null : plain(property.value);
    if (old !== plain(value)) changes.push({ name, old, new: plain(value) });
  }
}

function metadataOf(context: FixContext, fileSize: number, shift: number): Uint8Array {
  const { survey, metadata } = context;
  const values = new Map(context.values);
  for (const [name, value] of placesOfRewrittenFile(context, fileSize, shift)) values.set(name, value);
  for (const [name, value] of indexOfRewrittenFile(context, shift)) values.set(name, value);
  const data =
    metadata === undefined || survey.metadata === undefined
      ? newMetadata(values)
      : editMetadata(survey.metadata.data, metadata, values);
  if (data.length >= 2 ** 24) {
    throw new SalvorError('unrecoverable', `onMetaData would have ${data.length} bytes, more than a tag can hold`, {
      file: context.source.path,
      advice: 'run again without --index',
    });
  }
  return data;
}

function insertedTags({ inserted, layout }: FixContext): Uint8Array {
  const writer = new ByteWriter();
  for (const { kind, data } of inserted) {
    const { first } = layout[kind].clock;
    writeTag(
      writer,
      kind === 'video' ? TagType.video : TagType.audio,
      first < 0 ? first + 2 ** 32 : first % 2 ** 32,
      data,
    );
  }
  return writer.toBytes().slice();
}

/** Writes a tag with the size behind it. */
export function writeTag(writer: ByteWriter, type: number, timestampMilliseconds: number, data: Uint8Array): void {
  const header = { type, filter: false, reserved: 0, dataSize: data.length, timestampMilliseconds, streamId: 0 };
  writeTagHeader(writer, header);
  writer.bytes(data);
  writePreviousTagSize(writer, header);
}
