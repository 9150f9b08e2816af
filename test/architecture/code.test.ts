import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSource, placeOf, readSources, type Source, walkNodes } from './source.ts';

/** Only this file writes to the terminal by `console`. */
const consoleFile = 'cli/output.ts';

function findConsole(source: Source): readonly string[] {
  return [...walkNodes(source.tree)]
    .filter(
      (node) =>
        ts.isPropertyAccessExpression(node) &&
        ts.isIdentifier(node.expression) &&
        node.expression.text === 'console',
    )
    .map((node) => placeOf(source, node));
}

function findCodeFromText(source: Source): readonly string[] {
  return [...walkNodes(source.tree)]
    .filter((node) => {
      if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
      return ts.isIdentifier(node.expression) && /^(eval|Function)$/u.test(node.expression.text);
    })
    .map((node) => placeOf(source, node));
}

/** Mutable state of a module: a `let` outside of every function. */
function findModuleState(source: Source): readonly string[] {
  return source.tree.statements
    .filter(
      (statement) =>
        ts.isVariableStatement(statement) &&
        (statement.declarationList.flags & ts.NodeFlags.Const) === 0,
    )
    .map((statement) => placeOf(source, statement));
}

function findDefaultExports(source: Source): readonly string[] {
  return source.tree.statements
    .filter(
      (statement) =>
        ts.isExportAssignment(statement) ||
        (ts.canHaveModifiers(statement) &&
          ts
            .getModifiers(statement)
            ?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword) === true),
    )
    .map((statement) => placeOf(source, statement));
}

describe('the code', () => {
  let sources: readonly Source[];

  beforeAll(async () => {
    sources = await readSources({ withTests: false });
  });

  it('is there to be looked at', () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  it(`uses console in ${consoleFile} only`, () => {
    const found = sources.filter(({ file }) => file !== consoleFile).flatMap(findConsole);

    expect(found).toEqual([]);
  });

  it('never runs text as code', () => {
    expect(sources.flatMap(findCodeFromText)).toEqual([]);
  });

  it('keeps nothing in modules', () => {
    const inRooms = sources.filter(({ file }) => !/^(scripts|bench|bin)\//u.test(file));

    expect(inRooms.flatMap(findModuleState)).toEqual([]);
  });

  it('exports by name', () => {
    expect(sources.flatMap(findDefaultExports)).toEqual([]);
  });
});

describe('the rules of the code', () => {
  const source: Source = {
    file: 'config/example.ts',
    tree: parseSource(
      'config/example.ts',
      [
        '// console.log and eval("1") in comments do not count',
        'let counter = 0;',
        'export default function (text: string): void {',
        '  let inside = "console.log";',
        '  console.log(eval(text), new Function(inside), counter++);',
        '}',
        'export default counter;',
      ].join('\n'),
    ),
  };

  it('see what they are for', () => {
    expect(findConsole(source)).toEqual(['config/example.ts:5']);
    expect(findCodeFromText(source)).toEqual(['config/example.ts:5', 'config/example.ts:5']);
    expect(findModuleState(source)).toEqual(['config/example.ts:2']);
    expect(findDefaultExports(source)).toEqual(['config/example.ts:3', 'config/example.ts:7']);
  });
});
