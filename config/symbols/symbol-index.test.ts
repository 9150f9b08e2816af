import { describe, expect, it } from 'vitest';
import { finishSteps } from '../check.ts';
import { base, resourceType, wrap } from '../load-fixture.ts';
import { hoverAt } from './hover.ts';
import { createLiveConfiguration } from './live-configuration.ts';
import { findNames, outlineOf } from './outline.ts';
import { propose } from './propose.ts';
import { planRename, prepareRename } from './rename.ts';
import { describeTarget } from './symbol.ts';
import { createSymbolIndex } from './symbol-index.ts';

const rules = `<ScalarRule Property="Title" Binding="A_User:Unit.Code" Expression="ToUpper" />
<ScalarRule Property="Size" Expression="C#:user:return user.Name.Length;" />
<QueryRule Property="Groups" SourceBinding="Unit.Parent.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />
<NavigationRule Property="Main" Resource="x" SingleRole="Sales &amp; more" />`;
const roles =
  '<SingleRole Identifier="Sales &amp; more" DisplayName_L1="S" Policy="P" EntityType="A_User" />';

function open(files: Readonly<Record<string, string>>) {
  const live = createLiveConfiguration();
  for (const [path, text] of Object.entries(files)) live.setFile({ path, text });
  const index = createSymbolIndex(live);
  const text = (path: string) => live.file(path)?.source.text ?? '';
  const offset = (path: string, around: string) => {
    const at = text(path).indexOf(around.replace('|', ''));
    if (at < 0) throw new Error(`${path} does not hold ${around}`);
    return at + around.indexOf('|');
  };
  return {
    live,
    index,
    offset,
    symbolAt: (path: string, around: string) => {
      const found = index.symbolAt(path, offset(path, around));
      if (found === undefined) return undefined;
      const { source, offset: start, length } = found.span;
      return `${describeTarget(found.target)} ${source.text.slice(start, start + length)}`;
    },
    places: (path: string, around: string) => {
      const found = index.symbolAt(path, offset(path, around));
      const all = found === undefined ? [] : index.occurrencesOf(found.target);
      return all.map(({ span, isDefinition }) => {
        const lineStart = span.source.text.lastIndexOf('\n', span.offset) + 1;
        const tag = span.source.text.lastIndexOf('<', span.offset);
        const element = /^<(\S+)/.exec(span.source.text.slice(Math.max(tag, lineStart)))?.[1];
        return `${span.source.path} ${element}${isDefinition ? ' !' : ''}`;
      });
    },
    rename: (path: string, around: string, name: string) => {
      const plan = planRename(live, index, { path, offset: offset(path, around) }, name);
      if (plan.status === 'refused') return plan.reason;
      const texts = new Map(live.files().map((file) => [file.path, file.source.text]));
      for (const edit of plan.edits.toSorted((a, b) => b.stretch.offset - a.stretch.offset)) {
        const before = texts.get(edit.path) ?? '';
        const { offset: start, length } = edit.stretch;
        texts.set(edit.path, before.slice(0, start) + edit.text + before.slice(start + length));
      }
      return texts;
    },
    labels: (path: string, around: string) =>
      propose(live, path, text(path), offset(path, around)).map(({ label }) => label),
    hover: (path: string, around: string) =>
      hoverAt(live, index, path, offset(path, around))?.markdown,
  };
}

const project = () =>
  open({ 'model.xml': wrap(base), 'rules.xml': wrap(`${roles}\n${resourceType(rules)}`) });

describe('the symbol at a place', () => {
  it.each([
    ['SourceEntityType="A_|User"', 'EntityType "A_User" A_User'],
    ['Property="Ti|tle"', 'B_Account:Title Title'],
    ['Binding="A_|User:Unit.Code"', 'EntityType "A_User" A_User'],
    ['Binding="A_User:Un|it.Code"', 'A_User:Unit Unit'],
    ['Binding="A_User:Unit.Co|de"', 'A_Unit:Code Code'],
    ['SourceBinding="Unit.Par|ent.Code"', 'A_Unit:Parent Parent'],
    ['TargetBinding="Na|me"', 'B_Group:Name Name'],
    ['SingleRole="Sales &amp; m|ore"', 'SingleRole "Sales & more" Sales &amp; more'],
    ['return user.Na|me.Length', 'A_User:Name Name'],
    ['Connection="BF|ile"', 'Connection "BFile" BFile'],
    ['DisplayName_L1="R|"', undefined],
  ])('%s is %s', (around, expected) => {
    expect(project().symbolAt('rules.xml', around)).toBe(expected);
  });

  it('is found in the name of a table and on both sides of an association', () => {
    const { symbolAt } = project();

    expect(symbolAt('model.xml', 'ConnectionTable="AF|ile_units"')).toBe(
      'Connection "AFile" AFile',
    );
    expect(symbolAt('model.xml', 'Property2="A_Unit:Us|ers"')).toBe('A_Unit:Users Users');
  });
});

describe('references', () => {
  it('are found in mappings, associations and bindings of every file', () => {
    expect(project().places('rules.xml', 'Unit.Parent.Co|de')).toEqual([
      'model.xml Property !',
      'model.xml Property',
      'rules.xml ScalarRule',
      'rules.xml QueryRule',
    ]);
  });

  it('tell properties of one name apart by their entity type', () => {
    expect(project().places('rules.xml', 'TargetBinding="Na|me"')).toEqual([
      'model.xml Property !',
      'model.xml Property',
      'rules.xml QueryRule',
    ]);
  });

  it('follow a change of the entity model', () => {
    const { live, places } = project();
    places('rules.xml', 'Unit.Parent.Co|de');
    const text = wrap(base).replace('Property1="A_User:Unit"', 'Property1="A_User:Nit"');
    live.setFile({ path: 'model.xml', text });

    expect(places('model.xml', 'Identifier="Co|de"')).toEqual([
      'model.xml Property !',
      'model.xml Property',
    ]);
  });

  it('are still known, and at their place, while the file cannot be read', () => {
    const { live, symbolAt } = project();
    const text = live.file('rules.xml')?.source.text.replace('</ConfigurationFile>', '<Re') ?? '';
    live.setFile({ path: 'rules.xml', text });
    live.setFile({ path: 'rules.xml', text: `\n\n${text}` });

    expect(symbolAt('rules.xml', 'Property="Ti|tle"')).toBe('B_Account:Title Title');
  });
});

describe('renaming', () => {
  it('changes every place, bindings and mappings included, and keeps the column', () => {
    const texts = project().rename('rules.xml', 'Unit.Parent.Co|de', 'Number');

    expect(texts).toBeInstanceOf(Map);
    if (typeof texts === 'string') return;
    expect(texts.get('model.xml')).toContain(
      '<Property Identifier="Number" ConnectionColumn="Code" IsPrimaryKey="true" />',
    );
    expect(texts.get('rules.xml')).toContain('Binding="A_User:Unit.Number"');
    expect(texts.get('rules.xml')).toContain('SourceBinding="Unit.Parent.Number"');
  });

  it('changes properties inside of code', () => {
    const texts = project().rename(
      'model.xml',
      '<Property Identifier="Na|me" /><Property Identifier="From"',
      'Called',
    );

    expect(typeof texts === 'string' ? texts : texts.get('rules.xml')).toContain(
      'return user.Called.Length;',
    );
  });

  it('leaves a configuration that is as right as before', () => {
    const texts = project().rename('model.xml', 'EntityType Identifier="A_|User"', 'HR_Person');
    const live = createLiveConfiguration();
    for (const [path, text] of typeof texts === 'string' ? [] : texts) live.setFile({ path, text });

    expect(live.files()).toHaveLength(2);
    const paths = ['model.xml', 'rules.xml'];
    expect(finishSteps(live.check(paths))).toEqual(finishSteps(project().live.check(paths)));
  });

  it('escapes the new name', () => {
    const texts = project().rename('rules.xml', 'SingleRole="Sales|', 'A "B" <C>');

    expect(typeof texts === 'string' ? texts : texts.get('rules.xml')).toContain(
      'SingleRole="A &quot;B&quot; &lt;C>"',
    );
  });

  it.each([
    [
      'EntityType Identifier="A_|User"',
      'B_ACCOUNT',
      '"B_Account" is the name of another EntityType.',
    ],
    ['Identifier="Lo|gin"', 'class', '"class" is a reserved word. Choose another name'],
    ['Identifier="Lo|gin"', 'a b', '"a b" is none for an entity type or property. Use letters'],
    ['Identifier="Lo|gin"', 'NAME', '"Name" is the name of another property of A_User.'],
    ['Connection Identifier="AF|ile"', 'bfile', '"BFile" is the name of another Connection.'],
    ['Connection Identifier="AF|ile"', 'A_File', '"A_File" is none for a connection.'],
    ['Identifier="Lo|gin"', '', 'A name has at least one character.'],
    ['DisplayName_L1="|A"', 'B', 'Nothing that has a name of its own stands here.'],
  ])('at %s to "%s" is refused: %s', (around, name, reason) => {
    expect(project().rename('model.xml', around, name)).toContain(reason);
  });

  it('is refused while a file cannot be read, and where a name is declared nowhere or twice', () => {
    const { live, index, offset } = project();
    const reasonAt = (path: string, around: string) => {
      const prepared = prepareRename(live, index, path, offset(path, around));
      return prepared.status === 'refused' ? prepared.reason : '';
    };
    live.setFile({
      path: 'more.xml',
      text: wrap('<Policy Identifier="P" /><Connection Connector="Z" />'),
    });
    expect(reasonAt('more.xml', 'Identifier="|P"')).toBe('Policy "P" is declared 2 times.');
    expect(reasonAt('more.xml', 'Connector="|Z"')).toBe('Connector "Z" is declared nowhere.');

    live.setFile({ path: 'more.xml', text: '<Oops' });
    expect(reasonAt('model.xml', 'Connector Identifier="|A"')).toContain('more.xml cannot be read');
  });
});

describe('proposals', () => {
  it.each([
    ['SourceEntityType="|A_User"', ['A_Unit', 'A_User', 'B_Account', 'B_Group']],
    ['<ScalarRule Property="|Title"', ['Id_', 'Title', 'Size']],
    ['<QueryRule Property="|Groups"', ['Groups', 'Main']],
    ['Binding="A_User:|Unit.Code"', ['Login', 'Name', 'From', 'Unit']],
    ['Binding="A_User:Unit.|Code"', ['Code', 'Parent', 'Children', 'Users']],
    ['SourceBinding="|Unit.Parent.Code"', ['Login', 'Name', 'From', 'Unit', 'A_User:']],
    ['BlockProvisioning="|false"', ['true', 'false']],
    ['DisplayName_L1="R|"', []],
  ])('at %s are %j', (around, expected) => {
    expect(project().labels('rules.xml', around).toSorted()).toEqual(expected.toSorted());
  });

  it('in code are members and names in scope', () => {
    const { labels } = project();

    expect(labels('rules.xml', 'return user.|Name.Length')).toEqual(
      expect.arrayContaining(['Login', 'Name', 'Unit']),
    );
    expect(labels('rules.xml', 'return user.Name.|Length')).toContain('Length');
    expect(labels('rules.xml', 'return |user.Name')).toContain('user');
  });

  it('after Expression are the forms and the predefined functions', () => {
    expect(project().labels('rules.xml', 'Expression="|ToUpper"')).toEqual(
      expect.arrayContaining(['Literal:', 'C#:', 'ToUpper', 'ParseLocalDate']),
    );
  });

  it('leave out attributes that are there, and put required ones first', () => {
    const live = createLiveConfiguration();
    const text = '<ConfigurationFile><ResourceType Identifier="R" ';
    live.setFile({ path: 'a.xml', text });
    const found = propose(live, 'a.xml', text, text.length);
    const required = found.filter(({ rank }) => rank === 0).map(({ label }) => label);

    expect(found.map(({ label }) => label)).not.toContain('Identifier');
    expect(required).toEqual(['Policy', 'SourceEntityType', 'TargetEntityType', 'DisplayName_L1']);
  });

  it('are those of the element in its parts, and no attributes there', () => {
    const live = createLiveConfiguration();
    const labels = (marked: string) => {
      const text = marked.replace('|', '');
      live.setFile({ path: 'a.json', text });
      return propose(live, 'a.json', text, marked.indexOf('|')).map(({ label }) => label);
    };

    expect(labels('{"Job":[{"$elements":[{"|"}]}]}')).toContain('ExportTask');
    expect(labels('{"Job":[{"$elements":[{"|"}]}]}')).not.toContain('Identifier');
    expect(labels('{"Job":[{"$elements":[{"ExportTask":[{"|"}]}]}]}')).toContain('Connection');
    expect(labels('{"$elements":[{"|"}]}')).toContain('Connector');
  });

  it('begin an empty file in XML with its root, once', () => {
    const live = createLiveConfiguration();
    const root = '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">';

    expect(propose(live, 'a.xml', '', 0)).toMatchObject([
      { label: 'ConfigurationFile', snippet: `${root}\n\t$0\n</ConfigurationFile>` },
    ]);
    expect(propose(live, 'a.xml', '<Conf', 5)).toMatchObject([{ insert: 'ConfigurationFile' }]);
    expect(propose(live, 'a.xml', `\n${root}</ConfigurationFile>`, 0)).toEqual([]);
  });

  it('bring an element with its required attributes', () => {
    const live = createLiveConfiguration();
    const text = '<ConfigurationFile><ResourceType><Sca';
    live.setFile({ path: 'a.xml', text });

    expect(
      propose(live, 'a.xml', text, text.length).find(({ label }) => label === 'ScalarRule'),
    ).toMatchObject({
      insert: 'ScalarRule',
      snippet: 'ScalarRule Property="$1"$0 />',
      replaced: { offset: text.length - 3, length: 3 },
    });
  });
});

describe('a hover', () => {
  it.each([
    ['<Resource|Type ', /Required: .*`TargetEntityType`, `DisplayName_L1`\./],
    ['<Scalar|Rule', /^\*\*ScalarRule\*\*\n\nWhat a scalar property of the target holds\./],
    ['Resource|="x"', /Key of a resource of the type the property leads to\..*Required\./s],
    ['TargetMatchedConfidence|Level', /Default: `0`/],
    [
      'Unit.Co|de',
      /\*\*A_Unit:Code\*\*\n\nScalar property of type String, a key\.\n\nDeclared at model\.xml:4\./,
    ],
    ['A_User:Un|it', /Navigation property: one resource of A_Unit/],
    ['Policy="|P"', /\*\*Policy "P"\*\* “P”.*Declared at model\.xml:/s],
  ])('at %s says %s', (around, expected) => {
    expect(project().hover('rules.xml', around)).toMatch(expected);
  });
});

describe('the lists of an editor', () => {
  it('have elements inside of each other', () => {
    const file = project().live.file('rules.xml');
    const outline = file === undefined ? [] : outlineOf(file);

    expect(outline.map(({ name, detail, children }) => [name, detail, children.length])).toEqual([
      ['Sales & more', 'SingleRole “S”', 0],
      ['R', 'ResourceType', 4],
      ['R', 'ManualProvisioningResourceTypeMapping', 0],
    ]);
  });

  it('find names by characters in their order', () => {
    const names = findNames(project().live, 'ausr', 10);

    expect(names.map(({ target }) => target.identifier)).toEqual(['A_User', 'A_User_Unit']);
  });
});
