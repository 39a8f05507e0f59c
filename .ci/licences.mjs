// The licences of the packages that a bundle is made of, as one text to travel with it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `inputs`: the files that were bundled, relative to `root`. Fails for a package that brings no licence text. */
export function licencesOf(root, inputs) {
  const folders = inputs.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const texts = new Map();
  for (const folder of [...new Set(folders.filter((each) => each !== undefined))].toSorted()) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${name} ${version} brings no licence text`);
    const text = readFileSync(join(root, folder, file), 'utf8').trim();
    texts.set(`${name} ${version}`, `${name} ${version} (${license})\n\n${text}\n`);
  }
  const head = 'The programs of salvor contain parts of the following packages, under the licences given here.\n';
  return [head, ...texts.values()].join(`\n${'-'.repeat(80)}\n\n`);
}
