/** Changes the elements of a configuration file and writes it well-formed, so that what comes after the readers is reached. */
import { attributeNames } from '../schema/element.ts';
import { topLevelElements } from '../schema/vocabulary.ts';
import type { SourceElement } from './element-tree.ts';
import type { Chance } from './mutate.fixture.ts';

interface Tree {
  name: string;
  attributes: [string, string][];
  children: Tree[];
}

const known = topLevelElements.flatMap((element) => [element, ...element.children]);
const values: readonly string[] = [
  ...[
    '',
    ' ',
    'true',
    'false',
    '0',
    '1',
    '-1',
    '2147483648',
    '1.5',
    'Initial',
    'String',
    'A_User',
    'a.b.c',
  ],
  ...[
    'C#:',
    'C#:a:',
    'C#:a:return a;',
    'C#:return "";',
    'C#:a:return a.B.C.D(1)[2] ?? new X();',
    'Literal:x',
  ],
  ...[
    `C#:a:return ${'('.repeat(500)}1;`,
    `C#:a:return ${'a.'.repeat(2_000)}b;`,
    `C#:a:${'if(true)'.repeat(300)}`,
  ],
  ...[
    'C#:a:return a.Select(x => x.Select(y => y.Select(z => z)));',
    'C#:a:return a + "$a"; //',
    'C#:a:return @"',
  ],
  ...[
    'A:B',
    ':',
    '::',
    'A:B:C',
    '*',
    '0 0 * * *',
    '99 99 * * *',
    '1d',
    'D0',
    '__proto__',
    'constructor',
    'Id',
    'ı',
  ],
  ...[
    'top\nperson',
    'x'.repeat(60_000),
    '\u{1f600}'.repeat(300),
    '\u202e',
    '%s%n',
    '9999-12-31',
    'a¤b¤',
  ],
];

/** The elements after a few changes, some of them with elements of `others`. */
export function mutateElements(
  elements: readonly SourceElement[],
  others: readonly SourceElement[],
  chance: Chance,
): readonly Tree[] {
  const root: Tree = { name: 'root', attributes: [], children: elements.map(copyOf) };
  const foreign = listAll({ name: '', attributes: [], children: others.map(copyOf) });
  for (let left = chance.below(6) + 1; left > 0; left -= 1) {
    const all = listAll(root);
    changeTree(chance.pick(all), chance.pick(all), chance.pick(foreign), chance);
  }
  return root.children;
}

function copyOf({ name, attributes, children }: SourceElement): Tree {
  return {
    name,
    attributes: attributes.map((each) => [each.name, each.value]),
    children: children.map(copyOf),
  };
}

function listAll(tree: Tree): readonly Tree[] {
  return [tree, ...tree.children.flatMap(listAll)];
}

function changeTree(tree: Tree, other: Tree, foreign: Tree, chance: Chance): void {
  const at = chance.below(tree.children.length + 1);
  const attribute = chance.below(tree.attributes.length + 1);
  const definition = known.find(({ name }) => name === tree.name) ?? chance.pick(known);
  switch (chance.below(10)) {
    case 0:
      tree.children.splice(at, 1 + chance.below(3));
      return;
    case 1:
      tree.children.splice(at, 0, structuredClone(foreign));
      return;
    case 2:
      // A copy, or an element inside itself: the readers have limits for that.
      if (listAll(tree).length < 500) tree.children.splice(at, 0, structuredClone(tree));
      return;
    case 3:
      tree.children.reverse();
      return;
    case 4:
      tree.name = chance.pick(known).name;
      return;
    case 5:
      tree.attributes.splice(attribute, 1);
      return;
    case 6: {
      const name = chance.pick([...attributeNames(definition), 'D0', 'L1F', 'B3', 'Identifier']);
      setAttribute(tree, name, chance.pick(values));
      return;
    }
    case 7: {
      const [name] = tree.attributes[attribute] ?? ['Identifier'];
      const [, value] = chance.pick([...other.attributes, ...foreign.attributes, ['', 'x']]);
      setAttribute(tree, name, value ?? '');
      return;
    }
    case 8: {
      const [name, value] = tree.attributes[attribute] ?? ['Identifier', ''];
      const cut = chance.below(value.length + 1);
      const rest = value.slice(cut + chance.below(5));
      setAttribute(tree, name, `${value.slice(0, cut)}${chance.pick(values).slice(0, 40)}${rest}`);
      return;
    }
    default: {
      const [name] = tree.attributes[attribute] ?? ['Identifier'];
      setAttribute(tree, name, chance.pick(values));
    }
  }
}

function setAttribute(tree: Tree, name: string, value: string): void {
  const found = tree.attributes.find(([each]) => each === name);
  if (found === undefined) tree.attributes.push([name, value]);
  else found[1] = value;
}

/** XML without line breaks. */
export function writeTrees(trees: readonly Tree[]): string {
  const write = ({ name, attributes, children }: Tree): string => {
    const written = attributes.map(([key, value]) => ` ${key}="${escapeValue(value)}"`).join('');
    return `<${name}${written}>${children.map(write).join('\n')}</${name}>`;
  };
  return `<ConfigurationFile xmlns:ls="urn:lockstep:configuration">\n${trees.map(write).join('\n')}</ConfigurationFile>`;
}

function escapeValue(value: string): string {
  return value.replace(/[&<"\t\n\r]/g, (each) => `&#${each.charCodeAt(0)};`);
}
