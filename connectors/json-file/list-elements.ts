/** The elements of one list in a JSON text, each a whole value, while the text streams by. */
import type { PathStep } from './json-path.ts';
import { describeJson, type JsonEvents, JsonTokens, type TokenLimits } from './json-tokens.ts';
import type { JsonNumber, JsonValue } from './json-value.ts';

type Scalar = string | boolean | null | JsonNumber;

export interface Element {
  readonly value: JsonValue;
  /** Line of the file it ends on. */
  readonly line: number;
}

/** A level of the text that is open. */
interface Level {
  readonly isList: boolean;
  /** Steps of the path that lead to it; -1 when it lies beside the path. */
  readonly steps: number;
  /** The step that leads on from here has been taken. */
  isTaken: boolean;
  key: string;
}

/** What costs memory beside the characters of a value. */
const valueCost = 16;

/**
 * Gathers elements. `steps` lead to the list; when the last is `each` its elements are wanted, else the value they lead to.
 */
export class ListElements implements JsonEvents {
  readonly elements: Element[] = [];
  readonly #steps: readonly PathStep[];
  readonly #file: string;
  readonly #maxSize: number;
  readonly #tokens: JsonTokens;
  readonly #levels: Level[] = [];
  #isFound = false;
  /** The element being gathered, level by level. */
  readonly #building: (JsonValue[] | Map<string, JsonValue>)[] = [];
  readonly #keys: string[] = [];
  #size = 0;

  constructor(
    steps: readonly PathStep[],
    file: string,
    limits: TokenLimits,
    maxSize: number,
    firstLine = 1,
  ) {
    this.#steps = steps;
    this.#file = file;
    this.#maxSize = maxSize;
    this.#tokens = new JsonTokens(this, file, limits, firstLine);
  }

  push(text: string): void {
    this.#tokens.push(text);
  }

  /** Throws when the text is not whole, or has nothing where the path leads. */
  end(): void {
    this.#tokens.end();
    if (!this.#isFound) throw this.#refuse(`has no ${describeSteps(this.#steps)}`);
  }

  startObject(): void {
    if (this.#building.length > 0 || this.#isWanted()) this.#startBuilding(new Map());
    else this.#open(false);
  }

  startList(): void {
    if (this.#building.length > 0 || this.#isWanted()) this.#startBuilding([]);
    else this.#open(true);
  }

  key(name: string): void {
    const inner = this.#building.at(-1);
    if (inner instanceof Map) {
      if (inner.has(name)) throw this.#refuse(`names "${name.slice(0, 100)}" twice in one object`);
      this.#keys[this.#building.length - 1] = name;
      this.#grow(name.length);
      return;
    }
    const level = this.#levels.at(-1);
    if (level === undefined) return;
    level.key = name;
    const step = level.steps === -1 ? undefined : this.#steps[level.steps];
    if (step?.kind !== 'member' || step.name !== name) return;
    if (level.isTaken) throw this.#refuse(`names "${name.slice(0, 100)}" twice in one object`);
    level.isTaken = true;
  }

  endObject(): void {
    this.#close();
  }

  endList(): void {
    this.#close();
  }

  scalar(value: Scalar): void {
    if (this.#building.length > 0) {
      this.#grow(typeof value === 'string' ? value.length : 8);
      this.#add(value);
    } else if (this.#isWanted()) this.#emit(value);
    else if (this.#nextSteps() !== -1) throw this.#refuseKind(this.#nextSteps());
  }

  /** Steps of the path that lead to the value that comes now; -1 beside the path. */
  #nextSteps(): number {
    const level = this.#levels.at(-1);
    if (level === undefined) return 0;
    if (level.steps === -1) return -1;
    const step = this.#steps[level.steps];
    if (step?.kind === 'each') return level.isList ? level.steps + 1 : -1;
    const isHere = !level.isList && step?.kind === 'member' && step.name === level.key;
    return isHere ? level.steps + 1 : -1;
  }

  #isWanted(): boolean {
    return this.#nextSteps() === this.#steps.length;
  }

  #open(isList: boolean): void {
    const steps = this.#nextSteps();
    if (steps !== -1) {
      const step = this.#steps[steps];
      if ((step?.kind === 'each') !== isList) throw this.#refuseKind(steps);
      if (step?.kind === 'each') this.#isFound = true;
    }
    this.#levels.push({ isList, steps, isTaken: false, key: '' });
  }

  #close(): void {
    const done = this.#building.pop();
    if (done === undefined) this.#levels.pop();
    else if (this.#building.length === 0) this.#emit(done);
    else this.#add(done);
  }

  #startBuilding(value: JsonValue[] | Map<string, JsonValue>): void {
    this.#building.push(value);
    this.#grow(0);
  }

  #add(value: JsonValue): void {
    const inner = this.#building.at(-1);
    if (inner instanceof Map) inner.set(this.#keys[this.#building.length - 1] ?? '', value);
    else inner?.push(value);
  }

  #emit(value: JsonValue): void {
    this.#isFound = true;
    this.#size = 0;
    this.elements.push({ value, line: this.#tokens.line });
  }

  #grow(characters: number): void {
    this.#size += characters + valueCost;
    if (this.#size > this.#maxSize) {
      throw this.#refuse('has an element larger than MaxRecordMegabytes allows');
    }
  }

  /** Something else stands where the path goes on. */
  #refuseKind(steps: number): Error {
    const wanted = this.#steps[steps]?.kind === 'each' ? 'list' : 'object';
    const place = describeSteps(this.#steps.slice(0, steps));
    return this.#refuse(`has no ${wanted} at ${place}`);
  }

  #refuse(what: string): Error {
    return describeJson('invalid-value', this.#file, this.#tokens.line, what);
  }
}

function describeSteps(steps: readonly PathStep[]): string {
  const names = steps.map((step) => (step.kind === 'member' ? step.name : '*'));
  return names.length === 0 ? 'its top' : `"${names.join('.')}"`;
}
