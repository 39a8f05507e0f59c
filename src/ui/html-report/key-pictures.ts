/** How far key pictures are apart over time: where a player can begin, and how much a hole costs beyond itself. */
import type { TrackCourse } from '../../media/track-course.ts';
import { secondsText } from './kinds.ts';
import { drawing, figureWidth, placeOf, round } from './lane.ts';
import { markup, type Markup } from './markup.ts';
import { asTable, table } from './page.ts';
import { axis, formatTime } from './timeline.ts';
import type { TrackFacts } from './track-facts.ts';

const height = 60;
const maxRows = 60;

/** Pictures from one key picture to the next; of several that lie within one step of the figure, on the average. */
interface Group {
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
}

/** The figure, with a table of the same, for each video track with more than one key picture; `total`: seconds that it shows. */
export function keyPictureFigure(tracks: readonly TrackFacts[], total: number): Markup | undefined {
  const drawn = tracks.flatMap(({ kind, name, course }, at) => {
    if (kind !== 'video' || course === undefined) return [];
    const groups = groupsOf(course);
    return groups.length === 0 ? [] : [{ name, at, groups, stepSeconds: course.stepSeconds }];
  });
  if (drawn.length === 0) return undefined;
  return markup`<figure class="groups">${drawn.map(({ name, at, groups, stepSeconds }) => {
    const lengths = groups.map(({ seconds }) => seconds).toSorted((one, other) => one - other);
    const longest = lengths.at(-1)!;
    const said = `shortest ${secondsText(lengths[0]!)}, median ${secondsText(lengths[lengths.length >> 1]!)}, longest ${secondsText(longest)}`;
    const path = groups
      .map(({ start, end, seconds }) => {
        const [x, to] = [placeOf(start, total), placeOf(end, total)];
        const top = round(height - (seconds / longest) * (height - 4));
        return `M${x} ${height}V${top}H${Math.min(to, figureWidth)}V${height}Z`;
      })
      .join('');
    const note = `Steps of ${secondsText(stepSeconds)}: shorter distances are averages of a step.`;
    return markup`<h3>${name} <span>${said}</span></h3>${drawing(`groups-${at}`, `Distance between key pictures of ${name}`, `${said}. ${note}`, height, [markup`<path class="described" d="${path}"/>`])}${axis(total)}<p class="note">${note}</p>${asTable(groupTable(groups))}`;
  })}</figure>`;
}

function groupsOf({ startSeconds, syncSamples, stepSeconds }: TrackCourse): Group[] {
  const steps = [...syncSamples.entries()].filter(([, count]) => count > 0);
  const groups = steps.slice(0, -1).map(([step, count], at) => {
    const next = steps[at + 1]![0];
    const [start, end] = [startSeconds + step * stepSeconds, startSeconds + next * stepSeconds];
    return { start, end, seconds: ((next - step) * stepSeconds) / count };
  });
  return groups;
}

/** The longest, which are the ones worth a look. */
function groupTable(groups: readonly Group[]): Markup | undefined {
  const longest = groups.toSorted((one, other) => other.seconds - one.seconds).slice(0, maxRows);
  const caption =
    groups.length <= maxRows
      ? 'Distances between key pictures'
      : `The ${maxRows} longest distances of ${groups.length}`;
  return table(
    caption,
    ['From', '#To', '#Seconds'],
    longest
      .toSorted((one, other) => one.start - other.start)
      .map(({ start, end, seconds }) => [formatTime(start), formatTime(end), secondsText(seconds)]),
  );
}
