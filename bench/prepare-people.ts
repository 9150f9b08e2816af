/**
 * The process that the workload `prepare` times: `node prepare-people.ts <folder> <people.csv> [<previous session>]`.
 * Prepares a file that nobody exported, as a complete reading, and compares it with the session of that name.
 */
import { join } from 'node:path';
import { loadConfiguration } from '../config/index.ts';
import { prepareSynchronization, readSession } from '../engine/prepare/index.ts';
import { peopleColumns } from './generate-company.ts';

const [folder = '', path = '', previous] = process.argv.slice(2);
const loaded = loadConfiguration([{ path: 'hr.xml', text: writeConfiguration() }]);
if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
const sessionsFolder = join(folder, 'Synchronization');
const started = performance.now();
const outcome = await prepareSynchronization({
  model: loaded.model,
  connector: 'HR',
  mode: 'complete',
  sessionId: previous === undefined ? 'first' : `${previous}-next`,
  exportedAt: '2026-01-31T12:00:00.000Z',
  tables: [{ name: 'People', path, isComplete: true, commandColumn: null, isEmpty: false }],
  withoutInput: new Set(),
  collectFolder: join(folder, 'Collect'),
  sessionsFolder,
  previous: previous === undefined ? null : await readSession(sessionsFolder, previous),
  force: true,
  signal: new AbortController().signal,
});
if (outcome.status === 'blocked') throw new Error(JSON.stringify(outcome.findings));
process.stdout.write(
  `${JSON.stringify({
    ms: Math.round(performance.now() - started),
    rssMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
    unchangedSince: outcome.unchangedSince,
    counts: outcome.session.parts[0]?.counts,
  })}\n`,
);

function writeConfiguration(): string {
  const properties = peopleColumns.map(
    (column, index) => `<Property Identifier="${column}"${index === 0 ? ' IsKey="true"' : ''} />`,
  );
  const mappings = peopleColumns.map(
    (column, index) =>
      `<Property Identifier="${column}" ConnectionColumn="${column}"${index === 0 ? ' IsPrimaryKey="true"' : ''} />`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="HR" DisplayName_L1="HR" />
  <Connection Identifier="People" DisplayName_L1="People" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person" DisplayName_L1="Person">${properties.join('')}</EntityType>
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="People">${mappings.join('')}</EntityTypeMapping>
</ConfigurationFile>`;
}
