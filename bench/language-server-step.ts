/** The process that the workload of the language server times: one editor, every question five times, the medians told. */
import {
  ask,
  editedFile,
  openLargeConfiguration,
  questions,
  typeSomething,
} from '../test/fixtures/language-server/large-questions.ts';
import { median } from './harness.ts';

const rounds = 5;

await using client = await openLargeConfiguration();
// What an editor asks first warms the machine up, as a person's first minute does.
for (let round = 0; round < rounds; round += 1) await waitForFindings();

const figures: Record<string, number> = {};
for (const question of questions) {
  figures[`${question.what}, ms`] = await timeMedian(async () => {
    typeSomething(client);
    const started = performance.now();
    await ask(client, question);
    return performance.now() - started;
  });
}
figures['findings of the edited file, ms'] = await timeMedian(waitForFindings);
process.stdout.write(`${JSON.stringify(figures)}\n`);

async function waitForFindings(): Promise<number> {
  const started = performance.now();
  const published = client.nextFindings(editedFile);
  typeSomething(client);
  await published;
  return performance.now() - started;
}

async function timeMedian(work: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    times.push(await work());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return median(times);
}
