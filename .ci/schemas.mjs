// Writes src/schemas: JSON Schema of every report that the programs print, made of the types that they are made by. With
// --check it writes nothing and fails where a file is another than it would write.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createGenerator } from 'ts-json-schema-generator';

const root = new URL('..', import.meta.url).pathname;

/** File, type, and the module that has it. */
const schemas = [
  ['report.v2.json', 'OperationReport', 'src/media/report.ts'],
  ['recording.v2.json', 'RecordingLine', 'src/media/report.ts'],
  ['sweep.v2.json', 'SweepReport', 'src/media/sweep-outcome.ts'],
  ['probe.v1.json', 'ProbeReport', 'src/media/probe-report.ts'],
];

const isCheck = process.argv.includes('--check');
mkdirSync(`${root}src/schemas`, { recursive: true });
let stale = 0;
for (const [name, type, path] of schemas) {
  const generator = createGenerator({
    path: `${root}${path}`,
    tsconfig: `${root}tsconfig.json`,
    type,
    skipTypeCheck: true,
    topRef: false,
    additionalProperties: false,
  });
  const schema = { $id: `urn:salvor:schema:${name.replace('.json', '')}`, ...generator.createSchema(type) };
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  const file = `${root}src/schemas/${name}`;
  if (!isCheck) writeFileSync(file, text);
  else if (text !== readFileSync(file, 'utf8')) {
    console.error(`schemas: src/schemas/${name} is another: npm run schemas`);
    stale++;
  }
}
process.exit(stale === 0 ? 0 : 1);
