/** Colours, on the streams that may have them. NO_COLOR, FORCE_COLOR and --no-color are obeyed. */
import { Chalk, type ChalkInstance } from 'chalk';
import type { Stream, Terminal } from './terminal.ts';

/** A painter for one stream; it returns plain text where colours are not wanted. */
export function styleFor(terminal: Terminal, stream: Stream, wanted = true): ChalkInstance {
  const { NO_COLOR: no, FORCE_COLOR: force } = terminal.environment;
  const forced = force !== undefined && force !== '0' && force !== 'false';
  const coloured =
    wanted && (no === undefined || no === '') && force !== '0' && force !== 'false' && (forced || stream.isTerminal);
  return new Chalk({ level: coloured ? 1 : 0 });
}
