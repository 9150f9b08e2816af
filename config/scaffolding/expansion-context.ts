/** What the expansion of one scaffolding may look at. */
import type { Names } from '../check-names.ts';
import type { Findings } from '../diagnostics.ts';
import type { Declared } from '../schema/declare.ts';
import type { Generated } from './generated-element.ts';
import type { Landscape } from './landscape.ts';

export interface ExpansionContext {
  /** Everything written by hand, and what earlier scaffoldings have made of it. */
  readonly names: Names;
  readonly landscape: Landscape;
  readonly findings: Findings;
  /** True for names that may well be declared in a file that could not be read. */
  isDoubtful(name: string): boolean;
}

/** What a scaffolding stands for; nothing when what it names is not there, which its references report. */
export type Expand = (scaffolding: Declared, context: ExpansionContext) => readonly Generated[];
