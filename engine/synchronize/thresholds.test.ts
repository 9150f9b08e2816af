import { describe, expect, it } from 'vitest';
import { loadConfiguration, type Model } from '../../config/index.ts';
import { type Breach, findBreaches, type PartChange } from './thresholds.ts';

const limits = (...names: readonly string[]): string =>
  names.map((name) => `${name}="0"`).join(' ');
const allOff = limits(
  ...['Inserted', 'Updated', 'Deleted', 'LinkInserted', 'LinkDeleted'].map(
    (action) => `Maximum${action}Lines`,
  ),
  ...['MaxPercentageInserted', 'MaxPercentageUpdated', 'MaxPercentageDeleted'].map(
    (name) => `${name}Lines`,
  ),
  ...['MaxLinkPercentageInserted', 'MaxLinkPercentageDeleted'].map((name) => `${name}Lines`),
);

function model(connector: string, mapping = ''): Model {
  const loaded = loadConfiguration([
    {
      path: 'badges.xml',
      text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="Badge" DisplayName_L1="Badges" ${connector} />
  <EntityType Identifier="Holder"><Property Identifier="Code" IsKey="true" /><Property Identifier="Doors" Type="ForeignKey" /></EntityType>
  <EntityType Identifier="Door"><Property Identifier="Name" IsKey="true" /><Property Identifier="Holders" Type="ForeignKey" /></EntityType>
  <EntityAssociation Identifier="Access" Property1="Holder:Doors" IsProperty1Collection="true" Property2="Door:Holders" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Holder" Connector="Badge" ConnectionTable="H" ${mapping}><Property Identifier="Code" ConnectionColumn="c" IsPrimaryKey="true" /></EntityTypeMapping>
  <EntityTypeMapping Identifier="Door" Connector="Badge" ConnectionTable="D"><Property Identifier="Name" ConnectionColumn="n" IsPrimaryKey="true" /></EntityTypeMapping>
  <EntityAssociationMapping Identifier="Access" Connector="Badge" ConnectionTable="A" Column1="c" EntityPropertyMapping1="Holder:Code" Column2="n" EntityPropertyMapping2="Door:Name" />
</ConfigurationFile>`,
    },
  ]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  return loaded.model;
}

type Counts = Partial<Omit<PartChange, 'kind' | 'identifier'>>;
const none = { stored: 0, inserted: 0, updated: 0, deleted: 0 };
const holders = (counts: Counts): PartChange => ({
  ...{ kind: 'entity', identifier: 'Holder', ...none },
  ...counts,
});
const access = (counts: Counts): PartChange => ({
  ...{ kind: 'association', identifier: 'Access', ...none },
  ...counts,
});

const tell = ({ attribute, level, count, limit }: Breach): string =>
  `${attribute} of ${level}: ${count} of ${limit}`;
const breaches = (of: Model, ...changes: readonly PartChange[]): readonly string[] =>
  findBreaches(of, 'Badge', changes).map(tell);

describe('a limit of 0', () => {
  it('is off: it does not mean that nothing may change', () => {
    const open = model(allOff, limits('MaximumDeletedLines', 'MaxPercentageDeletedLines'));
    const everything = { stored: 1_000, inserted: 5_000, updated: 1_000, deleted: 1_000 };

    expect(breaches(open, holders(everything), access(everything))).toEqual([]);
  });

  it('leaves the other limits of the same kind on', () => {
    const percentOff = model(limits('MaxPercentageDeletedLines'));

    expect(breaches(percentOff, holders({ stored: 200, deleted: 100 }))).toEqual([]);
    expect(breaches(percentOff, holders({ stored: 200, deleted: 101 }))).toEqual([
      'MaximumDeletedLines of connector: 101 of 100',
    ]);
  });
});

describe('a configuration without any limit', () => {
  it('is guarded by the connector: 100 resources, 1,000 links, 5 % of either; mappings hold nothing', () => {
    const written = model('');
    const many = { stored: 1_000_000, inserted: 1_001, updated: 1_001, deleted: 1_001 };

    expect(breaches(written, holders(many), access({ ...many, updated: 0 }))).toEqual([
      'MaximumInsertedLines of connector: 1001 of 100',
      'MaximumUpdatedLines of connector: 1001 of 100',
      'MaximumDeletedLines of connector: 1001 of 100',
      'MaximumLinkInsertedLines of connector: 1001 of 1000',
      'MaximumLinkDeletedLines of connector: 1001 of 1000',
    ]);
    const few = { stored: 20, inserted: 2, updated: 2, deleted: 2 };
    expect(breaches(written, holders(few), access({ ...few, updated: 0 }))).toEqual([
      'MaxPercentageInsertedLines of connector: 2 of 5',
      'MaxPercentageUpdatedLines of connector: 2 of 5',
      'MaxPercentageDeletedLines of connector: 2 of 5',
      'MaxLinkPercentageInsertedLines of connector: 2 of 5',
      'MaxLinkPercentageDeletedLines of connector: 2 of 5',
    ]);
  });
});

describe('a limit in lines and one in percent', () => {
  it('hold together: a small system is stopped by the percentage, a big one by the count', () => {
    const written = model('');

    expect(breaches(written, holders({ stored: 400, deleted: 20 }))).toEqual([]);
    expect(breaches(written, holders({ stored: 400, deleted: 21 }))).toEqual([
      'MaxPercentageDeletedLines of connector: 21 of 5',
    ]);
    expect(breaches(written, holders({ stored: 100_000, deleted: 100 }))).toEqual([]);
    expect(breaches(written, holders({ stored: 100_000, deleted: 101 }))).toEqual([
      'MaximumDeletedLines of connector: 101 of 100',
    ]);
  });

  it('in percent of nothing is passed by any insertion, and by no change of none', () => {
    const written = model(limits('MaximumInsertedLines', 'MaximumLinkInsertedLines'));

    expect(breaches(written, holders({ stored: 0, inserted: 1 }), access({ inserted: 1 }))).toEqual(
      [
        'MaxPercentageInsertedLines of connector: 1 of 5',
        'MaxLinkPercentageInsertedLines of connector: 1 of 5',
      ],
    );
    expect(breaches(written, holders({}), access({}))).toEqual([]);
  });
});

describe('links', () => {
  it('count as inserted and deleted, apart from resources and never as updated', () => {
    const written = model('', 'MaximumInsertedLines="1"');
    const links = access({ stored: 100_000, inserted: 900, updated: 90_000, deleted: 900 });

    expect(breaches(written, holders({ stored: 100_000 }), links)).toEqual([]);
  });
});
