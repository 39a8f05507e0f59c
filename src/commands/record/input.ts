/** What is recorded: standard input, a named pipe, or a file. */
import {
  FileStream,
  openNamedPipe,
  StandardInput,
  standardInputName,
  standardInputPath,
  type ByteStream,
} from '../../io/byte-stream.ts';
import { pathKind } from '../../io/directory.ts';

/** What the input is called in reports. */
export function inputName(input: string | undefined): string {
  return input === undefined || input === standardInputPath ? standardInputName : input;
}

/**
 * Opens it; undefined where `signal` was aborted before anybody wrote into a named pipe. `keepAlive`: the pipe does not end when
 * its writer leaves.
 */
export async function openRecorded(
  input: string | undefined,
  keepAlive: boolean,
  signal: AbortSignal,
): Promise<ByteStream | undefined> {
  if (inputName(input) === standardInputName) return new StandardInput(signal);
  const path = input!;
  return pathKind(path) === 'other' ? openNamedPipe(path, keepAlive, signal) : new FileStream([path]);
}
