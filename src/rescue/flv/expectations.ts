/**
 * What a value of `onMetaData` should be, and when one that is there is right enough to be left alone. Setting a value that
 * is not wrong would be a change too many.
 */
import type { Amf0Value } from '../../flv/amf0.ts';
import { propertyOf } from '../../flv/metadata.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import type { FixContext } from './plan.ts';

/** What one property of `onMetaData` should be. */
export interface Expectation {
  readonly name: string;
  readonly right: Amf0Value;
  /** Whether a value that is there may stay. */
  readonly isRight: (value: Amf0Value) => boolean;
  /** It is added where it is missing, even if the file has to be written anew for it. */
  readonly required?: boolean;
  /** It is not written even into an `onMetaData` that is made. */
  readonly optional?: boolean;
  /** No reason by itself to change a file: it is set right along with what is. */
  readonly minor?: boolean;
}

/** The AMF0 value of a number. */
export function number(value: number): Amf0Value {
  return { kind: 'number', value };
}

/** The AMF0 value of a boolean. */
export function boolean(value: boolean): Amf0Value {
  return { kind: 'boolean', value };
}

/** A number that is no further than the tolerance from one of these. */
export function atMost(tolerance: number, ...rights: readonly number[]): Expectation['isRight'] {
  return (value) => value.kind === 'number' && rights.some((right) => Math.abs(value.value - right) <= tolerance);
}

/** Whether a value is a finite number above 0. */
export function isPositive(value: Amf0Value): boolean {
  return value.kind === 'number' && value.value > 0 && Number.isFinite(value.value);
}

/** Holds values against what they should be; what is wrong is reported and set. */
export function expect(context: FixContext, expectations: readonly Expectation[]): void {
  for (const expectation of expectations) hold(context, expectation);
}

function hold(context: FixContext, { name, right, isRight, required, optional, minor }: Expectation): void {
  const { metadata, survey, findings, source } = context;
  const property = metadata === undefined ? undefined : propertyOf(metadata, name);
  if (property === undefined) {
    const isMade = metadata === undefined && optional !== true;
    if (required === true && metadata !== undefined) {
      findings.add('flv-metadata-wrong', `${name} is missing, expected ${plain(right)}`, {
        file: source.path,
        offset: survey.metadata!.offset,
      });
    }
    if (isMade || required === true) setValue(context, name, right);
    return;
  }
  if (isRight(property.value)) return;
  const offset = survey.metadata!.offset + tagHeaderLength + property.start;
  const change = { name, old: plain(property.value), new: plain(right), offset };
  const message = `${name} is ${plain(property.value)}, expected ${plain(right)}`;
  if (minor === true) {
    context.companions.set(name, { value: right, change, message });
    return;
  }
  findings.add('flv-metadata-wrong', message, { file: source.path, offset, length: property.end - property.start });
  context.values.set(name, right);
  context.changes.push(change);
}

/** Sets right what is set along with others, when there are others. */
export function setCompanions({ companions, values, changes, findings, source }: FixContext): void {
  for (const [name, { value, change, message }] of companions) {
    values.set(name, value);
    changes.push(change);
    findings.add('flv-metadata-wrong', message, {
      file: source.path,
      ...(change.offset === undefined ? {} : { offset: change.offset }),
    });
  }
  companions.clear();
}

function setValue(context: FixContext, name: string, right: Amf0Value): void {
  context.values.set(name, right);
  context.changes.push({ name, old: null, new: plain(right) });
}

/** A value as the report shows it. */
export function plain(value: Amf0Value): number | string | boolean {
  if (value.kind === 'number') return Number.isFinite(value.value) ? value.value : String(value.value);
  if (value.kind === 'boolean') return value.value;
  return 'text' in value ? value.text : value.kind;
}
