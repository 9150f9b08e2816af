/** Runs the contract on a package, with no test runner. */
import { CodedError } from '../../../config/index.ts';
import { suggestName } from '../nearest-name.ts';
import { contractCases } from './all-cases.ts';
import { appliesTo, type ContractCase } from './contract-case.ts';
import { ContractFailure, NotOffered, show } from './expectations.ts';
import type { ConnectorSubject } from './subject.ts';

export interface CaseFailure {
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
}

/** How one case ended. `unprepared`: the subject neither lets it be tried nor says why it does not apply. */
export type CaseOutcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly failure: CaseFailure }
  | { readonly status: 'skipped'; readonly reason: string }
  | { readonly status: 'unprepared'; readonly failure: CaseFailure };

export interface CaseResult {
  readonly case: ContractCase;
  readonly outcome: CaseOutcome;
  readonly durationMs: number;
}

export interface ContractOptions {
  /** Ids of cases, or the beginnings of ids; empty: all. */
  readonly only?: readonly string[];
  /** Also what makes 100,000 objects. */
  readonly isLarge?: boolean;
  readonly signal?: AbortSignal;
  /** Called when a case has ended. */
  readonly onResult?: (result: CaseResult, done: number, total: number) => void;
}

/** A case that takes longer waits for something that never comes. */
const limitMs = 120_000;

/** The cases that mean something for the package and were asked for, in order. Throws for a name that fits no case. */
export function chooseCases(
  subject: ConnectorSubject,
  only: readonly string[] = [],
): readonly ContractCase[] {
  for (const wanted of only) {
    if (contractCases.some(({ id }) => id.startsWith(wanted))) continue;
    const hint =
      suggestName(
        wanted,
        contractCases.map(({ id }) => id),
      ) ?? '';
    throw new CodedError(
      'CONTRACT_CASE_UNKNOWN',
      `No case of the contract is called "${wanted}".`,
      {
        hint: `${hint} List them with --list.`.trim(),
        details: { case: wanted },
      },
    );
  }
  return contractCases.filter(
    (one) =>
      appliesTo(subject, one) &&
      (only.length === 0 || only.some((wanted) => one.id.startsWith(wanted))),
  );
}

/** Names in the subject's `skips` that no case has: a reason that stands for nothing. */
export function unknownSkips(subject: ConnectorSubject): readonly string[] {
  const known = new Set(contractCases.map(({ id }) => id));
  return Object.keys(subject.skips ?? {}).filter((id) => !known.has(id));
}

/** Runs the cases one after the other. Only stopping throws: a case that fails is a result. */
export async function runContract(
  subject: ConnectorSubject,
  options: ContractOptions = {},
): Promise<readonly CaseResult[]> {
  refuseUnknownSkips(subject);
  const cases = chooseCases(subject, options.only);
  const results: CaseResult[] = [];
  for (const one of cases) {
    options.signal?.throwIfAborted();
    const began = performance.now();
    const outcome = await runCase(subject, one, options);
    const result = { case: one, outcome, durationMs: Math.round(performance.now() - began) };
    results.push(result);
    options.onResult?.(result, results.length, cases.length);
  }
  return results;
}

function refuseUnknownSkips(subject: ConnectorSubject): void {
  const [unknown] = unknownSkips(subject);
  if (unknown === undefined) return;
  throw new CodedError(
    'CONTRACT_SUBJECT_INVALID',
    `The contract subject of ${subject.name} skips "${unknown}", which is no case.`,
    {
      hint:
        suggestName(
          unknown,
          contractCases.map(({ id }) => id),
        ) ?? 'List the cases with --list.',
      details: { case: unknown },
    },
  );
}

/** Tries one case, unless the subject says why it does not apply. */
export async function runCase(
  subject: ConnectorSubject,
  one: ContractCase,
  { isLarge = false }: Pick<ContractOptions, 'isLarge'> = {},
): Promise<CaseOutcome> {
  const reason = subject.skips?.[one.id];
  if (reason !== undefined) return { status: 'skipped', reason };
  if (one.isLarge === true && !isLarge) {
    return { status: 'skipped', reason: 'it takes long and was not asked for' };
  }
  try {
    await withLimit(one.test(subject));
    return { status: 'passed' };
  } catch (error) {
    return describeOutcome(one, error);
  }
}

async function withLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `The case has not ended after ${limitMs / 1_000} seconds.`;
    timer = setTimeout(() => reject(new ContractFailure(message)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function describeOutcome({ id }: ContractCase, error: unknown): CaseOutcome {
  if (error instanceof NotOffered) {
    const message = `The subject offers no ${error.what}: add it, or tell under skips["${id}"] why the case does not apply.`;
    return { status: 'unprepared', failure: { message } };
  }
  if (error instanceof ContractFailure) {
    const { message, expected, got } = error;
    return {
      status: 'failed',
      failure: {
        message,
        ...(expected === undefined ? {} : { expected }),
        ...(got === undefined ? {} : { got }),
      },
    };
  }
  return {
    status: 'failed',
    failure: { message: 'The package failed where it should not have.', got: show(error) },
  };
}
