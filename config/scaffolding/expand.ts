/** Puts in the place of every scaffolding what it stands for, and consolidates that with what is written by hand. */
import { collectNames } from '../check-names.ts';
import { createFindings, type Findings } from '../diagnostics.ts';
import { suggest } from '../nearest-name.ts';
import {
  type Declarations,
  type Declared,
  declareElements,
  describeElement,
  textOf,
} from '../schema/declare.ts';
import { findElement } from '../schema/vocabulary.ts';
import {
  attributeOf,
  positionOf,
  type SourceElement,
  spanOfName,
  spanOfValue,
} from '../source/element-tree.ts';
import { consolidate, identityOf, modeOf, withoutMode } from './consolidate.ts';
import type { Expand } from './expansion-context.ts';
import { type Generated, toSourceElement } from './generated-element.ts';
import { surveyLandscape } from './landscape.ts';
import { isScaffolding, scaffoldingFamilies } from './scaffoldings.ts';

/** What became of one generated element. */
export type Fate = 'generated' | 'repeated' | 'replaced' | 'merged' | 'updated' | 'deleted';

export interface ExpandedElement {
  /** As it counts in the end; as it was generated when something else counts. */
  readonly element: SourceElement;
  readonly fate: Fate;
  /** The element written by hand that decided. */
  readonly writtenBy?: SourceElement;
  /** A repeated one of another content: the first counts, since neither has an effect. */
  readonly differs?: boolean;
}

export interface Expansion {
  readonly scaffolding: Declared;
  readonly elements: readonly ExpandedElement[];
}

export interface ExpandedDeclarations {
  /** Everything that counts, in order of file and place; what a scaffolding stands for comes after it. */
  readonly declared: readonly Declared[];
  readonly expansions: readonly Expansion[];
}

/**
 * Checks every element of some files by itself. What asks to be consolidated is incomplete by itself, and is checked by
 * `expandScaffoldings` when it has met its generated counterpart.
 */
export function declareWritten(
  elements: readonly SourceElement[],
  findings: Findings,
): Declarations {
  const awaiting = elements.filter((element) => modeOf(element) !== undefined);
  if (awaiting.length === 0) return declareElements(elements, findings);
  const isAwaiting = new Set(awaiting);
  const plain = declareElements(
    elements.filter((element) => !isAwaiting.has(element)),
    findings,
  );
  const pending = declareElements(awaiting, createFindings());
  const bySource = new Map(
    [...plain.declared, ...pending.declared].map((each) => [each.source, each]),
  );
  return {
    declared: elements.flatMap((element) => bySource.get(element) ?? []),
    doubtfulNames: new Set([...plain.doubtfulNames, ...pending.doubtfulNames]),
  };
}

/** Expands every scaffolding of what `declareWritten` gave, and consolidates. */
export function expandScaffoldings(
  written: readonly Declared[],
  doubtfulNames: ReadonlySet<string>,
  findings: Findings,
): ExpandedDeclarations {
  const state = new Consolidation(written, doubtfulNames, findings);
  for (const family of scaffoldingFamilies) state.expandAll(family);
  state.finishUnmatched();
  return { declared: state.declared(), expansions: state.expansions() };
}

interface Made {
  readonly scaffolding: Declared;
  readonly element: SourceElement;
  readonly content: string;
}

/** The configuration while it grows: what is written, what stands in its place, what has been generated so far. */
class Consolidation {
  readonly #written: readonly Declared[];
  readonly #writtenByIdentity = new Map<string, Declared>();
  /** What counts instead of a written element; nothing for a deleted one. */
  readonly #instead = new Map<Declared, Declared | null>();
  readonly #generatedBy = new Map<Declared, Declared[]>();
  readonly #madeByIdentity = new Map<string, Made>();
  readonly #expandedBy = new Map<Declared, readonly ExpandedElement[]>();
  readonly #doubtfulNames: ReadonlySet<string>;
  readonly #findings: Findings;

  constructor(
    written: readonly Declared[],
    doubtfulNames: ReadonlySet<string>,
    findings: Findings,
  ) {
    this.#written = written;
    this.#doubtfulNames = doubtfulNames;
    this.#findings = findings;
    for (const declared of written) this.#register(declared);
  }

  #register(declared: Declared): void {
    const identity = identityOf(declared.source);
    if (identity === undefined) return;
    const first = this.#writtenByIdentity.get(identity);
    if (first === undefined) {
      this.#writtenByIdentity.set(identity, declared);
      return;
    }
    if (modeOf(first.source) === undefined && modeOf(declared.source) === undefined) return;
    const { file, line, column } = positionOf(first.source);
    const identifier = attributeOf(declared.source, 'Identifier');
    this.#findings.report(
      identifier === undefined ? spanOfName(declared.source) : spanOfValue(identifier),
      {
        code: 'CONFIG_IDENTIFIER_DUPLICATE',
        message: `${describeElement(declared.source)} is already declared at ${file}:${line}:${column}.`,
        hint: 'Rename or remove one of the two.',
      },
    );
    this.#instead.set(declared, null);
  }

  /** One family of scaffoldings; each sees what is written and what families before it have generated. */
  expandAll(expanders: ReadonlyMap<string, Expand>): void {
    const scaffoldings = this.#written.filter(({ definition }) => expanders.has(definition.name));
    if (scaffoldings.length === 0) return;
    const silent = createFindings();
    const names = collectNames(this.declared(), this.#doubtfulNames, silent);
    const context = {
      names,
      landscape: surveyLandscape(names),
      findings: this.#findings,
      isDoubtful: (name: string) => this.#doubtfulNames.has(name),
    };
    const kept: { readonly scaffolding: Declared; readonly element: SourceElement }[] = [];
    const met: { readonly written: Declared; readonly element: SourceElement }[] = [];
    for (const scaffolding of scaffoldings) {
      const made = expanders.get(scaffolding.definition.name)?.(scaffolding, context) ?? [];
      const expanded: ExpandedElement[] = [];
      this.#expandedBy.set(scaffolding, expanded);
      for (const generated of made) {
        const element = toSourceElement(generated, scaffolding);
        const decided = this.#decide(scaffolding, generated, element);
        expanded.push(decided.expanded);
        if (decided.expanded.fate === 'generated') kept.push({ scaffolding, element });
        if (decided.met !== undefined)
          met.push({ written: decided.met, element: decided.expanded.element });
      }
    }
    this.#declareGenerated(kept);
    const declared = declareElements(
      met.map(({ element }) => element),
      this.#findings,
    ).declared;
    const bySource = new Map(declared.map((each) => [each.source, each]));
    for (const { written, element } of met) {
      this.#instead.set(written, bySource.get(element) ?? null);
    }
  }

  #decide(
    scaffolding: Declared,
    generated: Generated,
    element: SourceElement,
  ): { readonly expanded: ExpandedElement; readonly met?: Declared } {
    const identity = identityOf(element);
    if (identity === undefined) return { expanded: { element, fate: 'generated' } };
    const content = contentOf(generated);
    const earlier = this.#madeByIdentity.get(identity);
    if (earlier !== undefined) {
      const differs = earlier.content !== content;
      if (differs && hasEffect(element)) this.#reportConflict(scaffolding, element, earlier);
      return { expanded: { element, fate: 'repeated', differs } };
    }
    this.#madeByIdentity.set(identity, { scaffolding, element, content });
    const written = this.#writtenByIdentity.get(identity);
    if (written === undefined) return { expanded: { element, fate: 'generated' } };
    const writtenBy = written.source;
    const mode = modeOf(writtenBy) ?? (generated.joins === true ? 'Merge' : undefined);
    if (mode === undefined) return { expanded: { element, fate: 'replaced', writtenBy } };
    if (mode === 'Delete') {
      this.#instead.set(written, null);
      return { expanded: { element, fate: 'deleted', writtenBy } };
    }
    if (mode === 'Update') this.#reportLeftOut(written);
    const fate = mode === 'Merge' ? 'merged' : 'updated';
    const both = consolidate(writtenBy, element, mode);
    return { expanded: { element: both, fate, writtenBy }, met: written };
  }

  #declareGenerated(
    kept: readonly { readonly scaffolding: Declared; readonly element: SourceElement }[],
  ): void {
    const { declared } = declareElements(
      kept.map(({ element }) => element),
      this.#findings,
    );
    const bySource = new Map(declared.map((each) => [each.source, each]));
    for (const { scaffolding, element } of kept) {
      const one = bySource.get(element);
      if (one === undefined) continue;
      const list = this.#generatedBy.get(scaffolding) ?? [];
      list.push(one);
      this.#generatedBy.set(scaffolding, list);
    }
  }

  /** What asks to be consolidated and has met nothing counts as it is written; there is nothing to delete. */
  finishUnmatched(): void {
    const lonely = this.#written.filter(
      (each) => modeOf(each.source) !== undefined && !this.#instead.has(each),
    );
    const generated = [...this.#madeByIdentity.values()].map(
      ({ element }) => attributeOf(element, 'Identifier')?.value ?? '',
    );
    for (const declared of lonely) {
      this.#reportLonely(declared, generated);
      if (modeOf(declared.source) === 'Delete') this.#instead.set(declared, null);
    }
    const plain = lonely
      .filter((each) => modeOf(each.source) !== 'Delete')
      .map((each) => ({ written: each, element: withoutMode(each.source) }));
    const { declared } = declareElements(
      plain.map(({ element }) => element),
      this.#findings,
    );
    const bySource = new Map(declared.map((each) => [each.source, each]));
    for (const { written, element } of plain) {
      this.#instead.set(written, bySource.get(element) ?? null);
    }
  }

  declared(): readonly Declared[] {
    return this.#written.flatMap((each) => {
      const instead = this.#instead.get(each);
      if (instead === null) return [];
      return [instead ?? each, ...(this.#generatedBy.get(each) ?? [])];
    });
  }

  expansions(): readonly Expansion[] {
    return this.#written.flatMap((scaffolding) => {
      const { name } = scaffolding.definition;
      const elements = this.#expandedBy.get(scaffolding) ?? [];
      return isScaffolding(name) ? [{ scaffolding, elements }] : [];
    });
  }

  #reportConflict(scaffolding: Declared, element: SourceElement, earlier: Made): void {
    const written = scaffolding.written.get('JobIdentifier');
    const { file, line, column } = positionOf(earlier.scaffolding.source);
    this.#findings.report(
      written === undefined ? spanOfName(scaffolding.source) : spanOfValue(written),
      {
        code: 'CONFIG_IDENTIFIER_DUPLICATE',
        message: `${describeElement(element)} is already generated, with another content, by ${earlier.scaffolding.definition.name} at ${file}:${line}:${column}.`,
        hint: scaffolding.definition.name.includes('Synchro')
          ? 'Give each scaffolding a JobIdentifier of its own.'
          : 'Remove one of the two scaffoldings, or let them agree.',
      },
    );
  }

  #reportLeftOut(written: Declared): void {
    if (written.source.children.length === 0) return;
    this.#reportMode(
      written,
      `Elements inside ${describeElement(written.source)} are left out: Update keeps those that are generated.`,
      'Write ConsolidationMode="Merge" to have both.',
    );
  }

  #reportLonely(declared: Declared, generated: readonly string[]): void {
    const what = describeElement(declared.source);
    const result = modeOf(declared.source) === 'Delete' ? 'is left out' : 'counts as it is written';
    this.#reportMode(
      declared,
      `No scaffolding generates ${what}, which therefore ${result}.`,
      suggest(textOf(declared, 'Identifier') ?? '', generated) ??
        'Remove ConsolidationMode, or correct the name; "lockstep validate --expanded" shows what is generated.',
    );
  }

  #reportMode(declared: Declared, message: string, hint: string): void {
    const attribute = attributeOf(declared.source, 'ConsolidationMode');
    this.#findings.report(
      attribute === undefined ? spanOfName(declared.source) : spanOfName(attribute),
      { code: 'CONFIG_CONSOLIDATION_INEFFECTIVE', severity: 'warning', message, hint },
    );
  }
}

/** Two of a kind that has no effect cannot make a configuration invalid. */
function hasEffect(element: SourceElement): boolean {
  return findElement(element.name)?.status === 'used';
}

function contentOf(generated: Generated): string {
  const { name, attributes, children = [] } = generated;
  const values = Object.entries(attributes).map(([key, value]) => [
    key,
    typeof value === 'object' ? value.value : String(value),
  ]);
  return JSON.stringify([name, values, children.map(contentOf)]);
}
