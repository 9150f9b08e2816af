/**
 * Says when findings are worked out: those of an edited file at once, those of all others in the background, both piece by
 * piece, so that no answer waits long. Every change throws away what was begun.
 */
import { setImmediate, setTimeout } from 'node:timers';
import type { Diagnostic, FileFindings, LiveConfiguration } from '../../config/index.ts';

export interface Diagnosing extends Disposable {
  /** Something changed: the file of this path, or everything. */
  request(path: string | undefined): void;
}

/** So that a burst of changes, as of one key, is one. */
const settleMs = 10;
/** Quiet time before the other files are looked at. */
const backgroundMs = 250;

export function createDiagnosing(
  takeIn: () => LiveConfiguration,
  publish: (path: string, found: readonly Diagnostic[]) => void,
): Diagnosing {
  const edited = new Set<string>();
  const shown = new Map<string, string>();
  let settling: NodeJS.Timeout | undefined;
  let waiting: NodeJS.Timeout | undefined;
  let step: NodeJS.Immediate | undefined;

  const show = (path: string, found: readonly Diagnostic[]): void => {
    const text = JSON.stringify(found);
    // The same findings may stand at another place of the text than before: those of an edited file always go out.
    if (text === (shown.get(path) ?? '[]') && !edited.has(path)) return;
    shown.set(path, text);
    publish(path, found);
  };
  const run = (
    steps: ReturnType<LiveConfiguration['check']>,
    finish: (found: FileFindings) => void,
  ): void => {
    const { done, value } = steps.next();
    if (done === true) finish(value);
    else step = setImmediate(() => run(steps, finish));
  };
  const checkEdited = (): void => {
    run(takeIn().check([...edited]), (found) => {
      for (const path of edited) show(path, found.get(path) ?? []);
      edited.clear();
      waiting = setTimeout(checkOthers, backgroundMs);
    });
  };
  const checkOthers = (): void => {
    const live = takeIn();
    const paths = live.files().map(({ path }) => path);
    run(live.check(paths), (found) => {
      for (const [path, each] of found) show(path, each);
      for (const path of shown.keys()) if (!found.has(path)) show(path, []);
    });
  };
  const stop = (): void => {
    clearTimeout(settling);
    clearTimeout(waiting);
    clearImmediate(step);
  };
  return {
    request(path) {
      stop();
      if (path !== undefined) edited.add(path);
      settling = setTimeout(checkEdited, settleMs);
    },
    [Symbol.dispose]: stop,
  };
}
