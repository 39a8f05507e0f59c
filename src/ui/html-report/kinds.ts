/** What a stretch of a recording can be, in words, and as it is drawn: each kind has a colour and a pattern of its own. */
import type { LossReason, TrackRange } from '../../media/report.ts';
import { markup, type Markup } from './markup.ts';

/** How a stretch is drawn; the name of its class in the style sheet. */
export type ByteKind = 'described' | 'found' | 'lost' | 'spare' | 'rest';

const words: Readonly<Record<ByteKind, string>> = {
  described: 'kept: described by an index, entries or tags',
  found: 'kept: found in the media itself',
  lost: 'lost: not in the result',
  spare: 'media that belongs to no sample, not in the result',
  rest: 'everything else: index, headers, filling',
};

const reasons: Readonly<Record<LossReason, string>> = {
  zeros: 'zeros, where the data never reached the disk',
  torn: 'torn: it does not end',
  unreadable: 'cannot be read as media',
  missing: 'described, but not in the file',
  'not-received': 'packets that never came',
  scrambled: 'encrypted, and no key is here',
  undecodable: 'cannot be decoded without what was lost before it',
};

/** What a range is, in words. */
export function rangeWords({ what, reason }: TrackRange): string {
  if (what !== 'lost') return words[what];
  return reason === undefined ? words.lost : `lost: ${reasons[reason]}`;
}

/** How sure the figures of a range are, in words. */
export function certaintyWords({ times, isEstimated }: TrackRange): string {
  const counted = isEstimated === true ? 'samples and bytes estimated from the rhythm of the track' : 'counted';
  if (times === undefined) return `${counted}; times as recorded`;
  const by = times.withinSeconds === undefined ? 'no bound is known' : `within ${secondsText(times.withinSeconds)}`;
  const from = times.from === 'assumed' ? 'assumed' : `inferred from the ${times.from}`;
  return `${counted}; times ${from}, ${by}`;
}

/** Few seconds, exactly: `0.023 s`. */
export function secondsText(seconds: number): string {
  return `${Math.round(seconds * 1000) / 1000} s`;
}

/** What the colours and patterns of these kinds mean. `more`: what else the figure shows, by its class. */
export function legend(
  kinds: readonly ByteKind[],
  more: readonly (readonly [shape: string, meaning: string])[] = [],
): Markup {
  const entries = [...kinds.map((kind) => [kind, words[kind]] as const), ...more];
  return markup`<ul class="legend" aria-hidden="true">${entries.map(
    ([shape, meaning]) =>
      markup`<li><svg width="22" height="14"><rect class="${shape}" x="1" y="1" width="20" height="12"/></svg> ${meaning}</li>`,
  )}</ul>`;
}

/** The patterns, once for a page. Shapes tell the kinds apart where colours do not. */
export const patterns: Markup = markup`<svg width="0" height="0" class="patterns" aria-hidden="true"><defs>
<pattern id="p-found" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="b" width="6" height="6"/><circle class="i" cx="3" cy="3" r="1.2"/></pattern>
<pattern id="p-lost" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="b" width="6" height="6"/><rect class="i" width="2.2" height="6"/></pattern>
<pattern id="p-spare" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="b" width="8" height="8"/><path class="i" d="M0 4h8M4 0v8"/></pattern>
</defs></svg>`;
