import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../config/index.ts';
import { connectionOfTable, tablesOfConnection } from './tables-of-connection.ts';

/** Names that begin alike; links read from the file of the people, and from one of their own. */
const text = `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="HR" DisplayName_L1="HR" />
  <Connection Identifier="Staff" DisplayName_L1="Staff" Connector="HR" Package="Usercube.CSV@0000001" />
  <Connection Identifier="StaffUnits" DisplayName_L1="Units" Connector="HR" Package="Usercube.CSV@0000001" />
  <Connection Identifier="Staff.Old" DisplayName_L1="Former" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person"><Property Identifier="Number" IsKey="true" /><Property Identifier="Unit" Type="ForeignKey" /><Property Identifier="Teams" Type="ForeignKey" /></EntityType>
  <EntityType Identifier="Unit"><Property Identifier="Code" IsKey="true" /><Property Identifier="People" Type="ForeignKey" /><Property Identifier="Members" Type="ForeignKey" /></EntityType>
  <EntityAssociation Identifier="PersonUnit" Property1="Person:Unit" Property2="Unit:People" IsProperty2Collection="true" />
  <EntityAssociation Identifier="PersonTeams" Property1="Person:Teams" IsProperty1Collection="true" Property2="Unit:Members" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="Staff"><Property Identifier="Number" ConnectionColumn="no" IsPrimaryKey="true" /></EntityTypeMapping>
  <EntityTypeMapping Identifier="Unit" Connector="HR" ConnectionTable="StaffUnits_all"><Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" /></EntityTypeMapping>
  <EntityAssociationMapping Identifier="PersonUnit" Connector="HR" ConnectionTable="Staff" Column1="no" EntityPropertyMapping1="Person:Number" Column2="unit" EntityPropertyMapping2="Unit:Code" />
  <EntityAssociationMapping Identifier="PersonTeams" Connector="HR" ConnectionTable="Staff_teams" Column1="who" EntityPropertyMapping1="Person:Number" Column2="team" EntityPropertyMapping2="Unit:Code" />
</ConfigurationFile>`;

const loaded = loadConfiguration([{ path: 'hr.xml', text }]);
if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
const { model } = loaded;

function tablesOf(identifier: string) {
  const connection = model.connections.get(identifier);
  if (connection === undefined) throw new Error(identifier);
  return tablesOfConnection(model, connection);
}

describe('the tables that a connection is asked for', () => {
  it('have the columns that links alone read, beside those of properties', () => {
    expect(tablesOf('Staff').map(({ name, columns }) => [name, columns])).toEqual([
      ['Staff', ['no', 'unit']],
      ['Staff_teams', ['who', 'team']],
    ]);
  });

  it('are those of its exact name before "_", not those of a name that begins like it', () => {
    expect(tablesOf('StaffUnits').map(({ name, suffix }) => [name, suffix])).toEqual([
      ['StaffUnits_all', 'all'],
    ]);
    expect(tablesOf('Staff.Old')).toEqual([]);
    const owners = ['Staff', 'Staff_x_y', 'StaffUnits', 'StaffUnits_all', 'Staffx', 'staff_x'].map(
      (table) => connectionOfTable(model, 'HR', table)?.identifier,
    );
    expect(owners).toEqual(['Staff', 'Staff', 'StaffUnits', 'StaffUnits', undefined, undefined]);
  });
});
