/** How far long work has got, on stderr: a line that redraws itself on a terminal, now and then a plain line elsewhere. */
import { cutToWidth, toPrintableLine } from './printable-text.ts';

export interface ProgressDisplay {
  /** `total` is `null` when it is not known. */
  report(task: string, done: number, total: number | null): void;
  /** Takes the line off the terminal before something else is written; the next report draws it again. */
  clear(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Width of the terminal, asked at each drawing. */
  readonly columns: () => number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Report {
  readonly done: number;
  readonly total: number | null;
  readonly at: number;
}

const redrawMs = 100;
const plainLineMs = 5_000;
/** A task that says nothing for so long is over, or has gone on to something it does not count. */
const staleMs = 3_000;
const barWidth = 20;
const eraseLine = '\r\u001b[2K';

export function createProgress(options: ProgressOptions): ProgressDisplay {
  return options.isTerminal ? createLine(options) : createPlainLines(options);
}

/** All running tasks share one line. */
function createLine({ write, columns, now }: ProgressOptions): ProgressDisplay {
  const reports = new Map<string, Report>();
  let isDrawn = false;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (isDrawn) write(eraseLine);
    isDrawn = false;
    drawnAt = Number.NEGATIVE_INFINITY;
  };
  return {
    clear,
    report(task, done, total) {
      const at = now();
      for (const [name, report] of reports) if (at - report.at > staleMs) reports.delete(name);
      if (total !== null && done >= total) reports.delete(task);
      else reports.set(task, { done, total, at });
      if (reports.size === 0) {
        clear();
        return;
      }
      if (at - drawnAt < redrawMs) return;
      const line = [...reports].map(([name, report]) => describe(name, report)).join(' · ');
      // The last column stays free: some terminals break the line when it is filled.
      write(`${eraseLine}${cutToWidth(line, Math.max(1, columns() - 1))}`);
      isDrawn = true;
      drawnAt = at;
    },
  };
}

/** At most one line in five seconds; work that takes less is not spoken of. */
function createPlainLines({ write, now }: ProgressOptions): ProgressDisplay {
  let lastAt: number | null = null;
  return {
    clear() {
      // Nothing is drawn that could be in the way.
    },
    report(task, done, total) {
      const at = now();
      lastAt ??= at;
      if (at - lastAt < plainLineMs) return;
      lastAt = at;
      write(`${describe(task, { done, total, at })}\n`);
    },
  };
}

function describe(task: string, { done, total }: Report): string {
  const name = toPrintableLine(task);
  if (total === null || total <= 0) return `${name}: ${groupDigits(done)}`;
  const part = Math.min(1, Math.max(0, done / total));
  const filled = Math.round(part * barWidth);
  const bar = `${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}`;
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `${name} [${bar}] ${percent} % (${groupDigits(done)} of ${groupDigits(total)})`;
}

function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/gu, ' ');
}
