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
});
