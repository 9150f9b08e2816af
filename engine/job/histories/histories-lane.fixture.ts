/** Plays a range of histories in a process of its own: `node histories-lane.fixture.ts <first> <companies> <populations>`. */
import { playRange } from './run-histories.fixture.ts';

const [first = 1, companies = 1, populations = 1] = process.argv.slice(2).map(Number);
const startedAt = performance.now();
const played = await playRange({
  first,
  companies,
  populations,
  report: (done) => {
    if (done % 25 !== 0) return;
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stderr.write(`${done * populations} histories from seed ${first} in ${seconds} s\n`);
  },
});
process.stdout.write(JSON.stringify(played));
