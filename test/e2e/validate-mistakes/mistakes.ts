/**
 * A configuration with mistakes in it. Each stands behind a mark `⟦CODE⟧`: the finding belongs to the character that follows
 * it, and its code is that of the mark. Where a place is expected is so never written down as a number.
 */
export const markedFiles: Readonly<Record<string, string>> = {
  'model.xml': `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="HR" DisplayName_L1="Äußere Quelle 🗂" ⟦CONFIG_ATTRIBUTE_UNKNOWN⟧MaximumDeletedLine="3" />
  <⟦CONFIG_ATTRIBUTE_MISSING⟧Connection Identifier="HRPeople" DisplayName_L1="People" Connector="HR" />
  <Connection Identifier="HROther" DisplayName_L1="Other" Connector="⟦CONFIG_REFERENCE_UNKNOWN⟧HRX" Package="Usercube.CSV@0000001" />

  <EntityType Identifier="HR_Person" DisplayName_L1="Person">
    <Property Identifier="Number" DisplayName_L1="Number" IsKey="⟦CONFIG_VALUE_INVALID⟧yes" />
    <Property Identifier="Name" DisplayName_L1="Name" />
	<Property Identifier="⟦CONFIG_IDENTIFIER_DUPLICATE⟧Name" DisplayName_L1="Name again" />
    <Property Identifier="⟦CONFIG_IDENTIFIER_INVALID⟧Id" DisplayName_L1="Row" />
    <Property Identifier="Manager" DisplayName_L1="Manager" />
  </EntityType>
  <⟦CONFIG_KEY_MISSING⟧EntityType Identifier="HR_Room" DisplayName_L1="Room">
    <Property Identifier="Code" DisplayName_L1="Code" />
    <Property Identifier="Site" DisplayName_L1="Site" Type="⟦CONFIG_ASSOCIATION_MISSING⟧ForeignKey" />
  </EntityType>
  <⟦CONFIG_ELEMENT_UNKNOWN⟧EntityTyp Identifier="HR_Desk" />
  ⟦CONFIG_TEXT_UNEXPECTED⟧to be done
</ConfigurationFile>
`,
  'policy/rules.xml': `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <EntityType Identifier="Wiki_User" DisplayName_L1="User">
    <Property Identifier="Login" DisplayName_L1="Login" IsKey="true" />
    <Property Identifier="Full" DisplayName_L1="Full name" />
    <Property Identifier="Team" DisplayName_L1="Team" />
  </EntityType>
  <EntityType Identifier="Staff" DisplayName_L1="Staff">
    <Property Identifier="Number" DisplayName_L1="Number" IsKey="true" />
    <Property Identifier="Name" DisplayName_L1="Name" />
  </EntityType>
  <ResourceType Identifier="Wiki_User_Staff" DisplayName_L1="User" Policy="Default" BlockProvisioning="false"
                SourceEntityType="Staff" TargetEntityType="Wiki_User">
    <TypeRule />
    <ScalarRule Property="Login" Binding="⟦CONFIG_BINDING_INVALID⟧Nam" />
    <ScalarRule Property="Full"
                Expression="C#:person:return &quot;🗂 &quot; + person.⟦CONFIG_EXPRESSION_INVALID⟧Nome;" />
    <ScalarRule Property="⟦CONFIG_REFERENCE_UNKNOWN⟧Shoes" Binding="Name" />
    <NavigationRule Property="⟦CONFIG_PROPERTY_KIND_WRONG⟧Team" Resource="x" />
  </ResourceType>
</ConfigurationFile>
`,
  'jobs.json': `{
  "Job": [
    {
      "Identifier": "Daily",
      "DisplayName_L1": "Daily",
      "⟦CONFIG_ATTRIBUTE_UNKNOWN⟧IsIncrementl": true,
      ⟦CONFIG_JSON_KEY_REFUSED⟧"Identifier": "Daily"
    }
  ],
  "Dimension": ⟦CONFIG_JSON_SHAPE_INVALID⟧"x"
}
`,
  'broken.xml': `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Policy Identifier="Second" DisplayName_L1="Second">
⟦CONFIG_XML_MALFORMED⟧</ConfigurationFile>
`,
  'broken.json': `{
  "Policy": [
    { "Identifier": "Third" ⟦CONFIG_JSON_MALFORMED⟧"DisplayName_L1": "Third" }
  ]
}
`,
  'doctype.xml': `<?xml version="1.0" encoding="utf-8"?>
⟦CONFIG_XML_DTD_REFUSED⟧<!DOCTYPE ConfigurationFile [ <!ENTITY x "y"> ]>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" />
`,
  'root.xml': `<?xml version="1.0" encoding="utf-8"?>
<⟦CONFIG_ROOT_UNKNOWN⟧Configuration xmlns="urn:schemas-usercube-com:configuration" />
`,
  'namespace.xml': `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <⟦CONFIG_NAMESPACE_UNKNOWN⟧ls:SqlResourceTypeMapping Identifier="⟦CONFIG_REFERENCE_UNKNOWN⟧A" Connection="⟦CONFIG_REFERENCE_UNKNOWN⟧B" Table="c" />
</ConfigurationFile>
`,
};

export interface Mistake {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  readonly code: string;
  /** What stands in the line from there on. */
  readonly rest: string;
}

const mark = /⟦([A-Z_]+)⟧/;

/** The files as the command is to see them, and the findings it is to make, by file, line and column. */
export function readMarks(marked: Readonly<Record<string, string>>): {
  readonly files: ReadonlyMap<string, string>;
  readonly mistakes: readonly Mistake[];
} {
  const files = new Map<string, string>();
  const mistakes: Mistake[] = [];
  for (const [file, text] of Object.entries(marked)) {
    const lines = text.split('\n').map((markedLine, index) => {
      let line = markedLine;
      const found: { readonly column: number; readonly code: string }[] = [];
      for (let match = mark.exec(line); match !== null; match = mark.exec(line)) {
        found.push({ column: match.index + 1, code: match[1] ?? '' });
        line = line.replace(mark, '');
      }
      for (const { column, code } of found)
        mistakes.push({ file, line: index + 1, column, code, rest: line.slice(column - 1) });
      return line;
    });
    files.set(file, lines.join('\n'));
  }
  const place = (a: Mistake, b: Mistake): number =>
    compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
  return { files, mistakes: mistakes.sort(place) };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
