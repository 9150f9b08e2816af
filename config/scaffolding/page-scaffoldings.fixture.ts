/** Expands scaffoldings of pages for tests. */
import { loadConfiguration } from '../load.ts';
import { base, findings, resourceType, wrap } from '../load-fixture.ts';
import { expandConfiguration, type ScaffoldingExpansion } from './expand-configuration.ts';

/** Free of findings: an entity type with few properties, one with many, and those of `base`. */
export const written = `${base}
${resourceType('<TypeRule />')}
<Profile Identifier="Admin" DisplayName_L1="Admin" />
<EntityType Identifier="Site" DisplayName_L1="Site" DisplayName_L2="Lieu"><Property Identifier="ISOCode" IsKey="1" /><Property Identifier="Identifier" /><Property Identifier="DisplayName" /><Property Identifier="DisplayName_en" Language="en-US" NeutralProperty="DisplayName" /></EntityType>
<EntityType Identifier="Wide"><Property Identifier="A" IsKey="1" /><Property Identifier="B" /><Property Identifier="C" /><Property Identifier="D" /></EntityType>
<Language Code="en-US" IndicatorNumber="1" />`;

/** What scaffoldings stand for beside `written`: `element identifier` of each, and what is printed. */
export function expand(...elements: readonly string[]): {
  readonly xml: string;
  readonly made: readonly (readonly string[])[];
  readonly all: readonly string[];
  readonly scaffoldings: readonly ScaffoldingExpansion[];
} {
  const { scaffoldings, xml } = expandConfiguration([
    { path: 'written.xml', text: wrap(written) },
    { path: 'scaffoldings.xml', text: wrap(elements.join('\n')) },
  ]);
  const made = scaffoldings.map(({ elements: all }) =>
    all.map(({ element, identifier = '' }) => `${element} ${identifier}`.trimEnd()),
  );
  return { xml, made, all: made.flat(), scaffoldings };
}

/** What loading the printed file in the place of the scaffoldings finds, more than what is written by hand alone. */
export function findingsOfPrinted(xml: string): readonly string[] {
  const before = new Set(findings(written).map(({ code }) => code));
  return loadConfiguration([
    { path: 'written.xml', text: wrap(written) },
    { path: 'expanded.xml', text: xml },
  ])
    .diagnostics.filter(({ code, severity }) => severity !== 'info' && !before.has(code))
    .map(({ severity, code, message }) => `${severity} ${code} ${message}`);
}
