import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import { withPackageFindings } from './check-packages.ts';

function load(packageName: string) {
  const text = `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="HR" DisplayName_L1="HR" />
  <Connection Identifier="People" DisplayName_L1="People" Connector="HR" Package="${packageName}" />
</ConfigurationFile>`;
  return withPackageFindings(loadConfiguration([{ path: 'hr.xml', text }]));
}

describe('findings about packages', () => {
  it('name the place of a package nobody has, and the nearest one', () => {
    const { status, diagnostics } = load('Usercube.CVS@0000001');

    expect(status).toBe('valid');
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        code: 'CONNECTION_PACKAGE_UNKNOWN',
        severity: 'warning',
        file: 'hr.xml',
        line: 3,
        column: 83,
        length: 'Usercube.CVS@0000001'.length,
        hint: 'Did you mean "Usercube.CSV"?',
      }),
    );
  });

  it('are none for packages of this version', () => {
    const codes = load('Usercube.CSV@0000001').diagnostics.map(({ code }) => code);

    expect(codes).not.toContain('CONNECTION_PACKAGE_UNKNOWN');
  });

  describe('of mappings', () => {
    const loadMapping = (packageName: string, mapping: string) =>
      withPackageFindings(
        loadConfiguration([
          {
            path: 'wiki.xml',
            text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Connector Identifier="Wiki" DisplayName_L1="Wiki" />
  <Connection Identifier="Pages" DisplayName_L1="Pages" Connector="Wiki" Package="${packageName}" />
  <Connection Identifier="Desk" DisplayName_L1="Desk" Connector="Wiki" Package="Usercube.Manual" />
  <EntityType Identifier="S" DisplayName_L1="S"><Property Identifier="Name" IsKey="true" /></EntityType>
  <EntityType Identifier="E" DisplayName_L1="E"><Property Identifier="Name" IsKey="true" /></EntityType>
  <Policy Identifier="Default" DisplayName_L1="Default" />
  <ResourceType Identifier="T" DisplayName_L1="T" Policy="Default" SourceEntityType="S" TargetEntityType="E" />
  <PasswordResetSettings Identifier="New" AutoGenerate="true" />
  ${mapping}
</ConfigurationFile>`,
          },
        ]),
      ).diagnostics.filter(({ code }) => code === 'CONNECTION_MAPPING_UNFIT');
    const general = '<ResourceTypeMapping Identifier="T" Connection="Pages" />';
    const table = '<ls:SqlResourceTypeMapping Identifier="T" Connection="Pages" Table="t" />';
    const entry =
      '<LdapResourceTypeMapping Identifier="T" Connection="Pages" DefaultObjectClass="person" RDNAttributeIdentifier="cn" />';
    const withPassword = general.replace('/>', 'PasswordResetSetting="New" />');

    it.each([
      ['Usercube.Custom@0000001', general, /Custom\/Unplugged, carries out none/, /can: Desk\./],
      ['Usercube.CSV@0000001', table, /File\/CSV, carries out none/, /can: Desk\./],
      ['Usercube.LDAP@0000001', table, /does not read ls:Sql/, /Write LdapResourceTypeMapping/],
      ['Lockstep.SQL.SQLite', entry, /does not read Ldap/, /Write ls:SqlResourceTypeMapping/],
      ['Usercube.Manual', entry, /does not read Ldap/, /Write ManualProvisioning/],
      ['Usercube.FulfillToFile', withPassword, /sets no passwords.* New/, /PasswordResetSetting/],
    ])('tell that %s does not fit, and what would', (packageName, mapping, message, hint) => {
      const findings = loadMapping(packageName, mapping);

      expect(findings).toMatchObject([
        {
          ...{ severity: 'warning', file: 'wiki.xml', line: 10, length: 'Pages'.length },
          column: 3 + mapping.indexOf('Pages'),
          message: expect.stringMatching(message),
          hint: expect.stringMatching(hint),
        },
      ]);
    });

    it.each([
      ['Usercube.LDAP@0000001', entry],
      ['Usercube.AD', withPassword],
      ['Usercube.SQL', table],
      ['Lockstep.Command', general],
      ['Somebody.Elses', general],
    ])('are none where %s fits', (packageName, mapping) => {
      expect(loadMapping(packageName, mapping)).toEqual([]);
    });
  });
});
