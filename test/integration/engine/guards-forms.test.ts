/** Values are compared as they mean, not as they are written: the form of a source is no change. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportConnection, prepareConnector, synchronizeConnector } from '../../../engine/index.ts';
import { openStaff, type Staff } from './guards-staff.ts';

const elements = `
  <Connector Identifier="Devices" DisplayName_L1="Devices" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" />
  <Connection Identifier="DeviceList" DisplayName_L1="Devices" Connector="Devices" Package="Usercube.CSV@0000001">
    <Transformation Type="TransformDate" Table="DeviceList" Column="until" AddedDays="1" DatePattern="yyyy-MM-dd" />
  </Connection>
  <EntityType Identifier="Device" DisplayName_L1="Device">
    <Property Identifier="Name" IsKey="true" />
    <Property Identifier="Guid" />
    <Property Identifier="Seen" Type="DateTime" />
    <Property Identifier="Until" />
    <Property Identifier="Expires" Type="Int64" />
    <Property Identifier="IsOff" Type="Bool" />
    <Property Identifier="Tags" />
  </EntityType>
  <EntityTypeMapping Identifier="Device" Connector="Devices" ConnectionTable="DeviceList">
    <Property Identifier="Name" ConnectionColumn="name" IsPrimaryKey="true" />
    <Property Identifier="Guid" ConnectionColumn="guid" Format="Guid" />
    <Property Identifier="Seen" ConnectionColumn="seen" Format="DateTime" />
    <Property Identifier="Until" ConnectionColumn="until" />
    <Property Identifier="Expires" ConnectionColumn="expires" Format="Int64" />
    <Property Identifier="IsOff" ConnectionColumn="flags" Format="Bit:flags:2" />
    <Property Identifier="Tags" ConnectionColumn="tags" Format="MultivaluedText" />
  </EntityTypeMapping>`;

interface Device {
  readonly guid: string;
  readonly seen: string;
  readonly until: string;
  readonly expires: string;
  readonly flags: string;
  readonly tags: string;
}

const usual: Device = {
  guid: '{6F9619FF-8B86-D011-B42D-00CF4FC964FF}',
  seen: '2025-01-31T10:00:00Z',
  until: '2025-03-01',
  expires: '20250131',
  flags: '5',
  tags: 'red\nblue\ngreen',
};

let staff: Staff;
beforeEach(async () => {
  staff = await openStaff({
    guards: elements,
    connections: { DeviceList: { Path: 'data/devices.csv', PathIncremental: 'data/devices.csv' } },
  });
});
afterEach(() => staff[Symbol.asyncDispose]());

async function load(change: Partial<Device> = {}): Promise<string> {
  const rows = Array.from({ length: 40 }, (_, i) => ({ name: `D${i}`, ...usual, ...change }));
  const names = ['name', 'guid', 'seen', 'until', 'expires', 'flags', 'tags'] as const;
  const lines = rows.map((row) => names.map((name) => `"${row[name]}"`).join(','));
  await writeFile(
    join(staff.folder, 'data', 'devices.csv'),
    `${names.join(',')}\n${lines.join('\n')}\n`,
  );
  staff.clock += 60_000;
  const { workspace } = staff;
  await exportConnection(workspace, {
    connection: 'DeviceList',
    mode: 'complete',
    ignoreCookie: true,
  });
  const connector = 'Devices';
  const prepared = await prepareConnector(workspace, {
    connector,
    mode: 'complete',
    commandColumn: null,
    force: true,
  });
  if (prepared.status !== 'completed') throw new Error(prepared.message);
  const options = { connector, force: true, resume: false, isDryRun: false };
  return (await synchronizeConnector(workspace, options)).message;
}

describe('a source that says the same in another way', () => {
  it.each<readonly [string, Partial<Device>]>([
    [
      'identifiers without braces, in small letters',
      { guid: '6f9619ff-8b86-d011-b42d-00cf4fc964ff' },
    ],
    ['identifiers without dashes', { guid: '6F9619FF8B86D011B42D00CF4FC964FF' }],
    ['dates with an offset', { seen: '2025-01-31T11:00:00+01:00' }],
    ['another bit of a mask', { flags: '13' }],
    ['the same values of a list in another order', { tags: 'green\nred\nblue' }],
  ])('changes nothing: %s', async (_what, change) => {
    await load();

    expect(await load(change)).toContain('0 added, 0 changed, 0 removed');
  });

  it('changes what its own bit says', async () => {
    await load();

    expect(await load({ flags: '7' })).toContain('0 added, 40 changed, 0 removed');
  });

  it('keeps whole numbers that look like dates, and moves dates by their days once', async () => {
    await load();
    await load();

    const lines = (await staff.canonical()).filter((line) => line.includes('"D7"'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/[":]20250131[",}]/);
    expect(lines[0]).toContain('2025-03-02');
  });
});
