/** What to write instead of what .NET also offers: for hints beside a refusal. */
import { suggestName } from '../nearest-name.ts';

const text = 'Write Simplify(), RemoveDiacritics() or Regex.Replace(…).';
const local = 'Dates are UTC: write FormatLocalDate("Romance Standard Time", "dd/MM/yyyy").';
const stated =
  'Write formats out; names of days and months are those of CultureInfo.InvariantCulture.';
const environment =
  'Values come from data and constants; another system, file or setting is never read.';

const advice: ReadonlyMap<string, string> = new Map([
  // Collections
  ['Aggregate', 'Write the first value too: Aggregate("", (all, x) => …); or string.Join(…).'],
  ['Cast', 'Items have their type already: leave it out, or convert with Select(x => …).'],
  ['Chunk', 'Use Skip(…) and Take(…).'],
  ['DefaultIfEmpty', 'Test Any() before, or write FirstOrDefault() ?? ….'],
  ['Empty', 'Write new List<string>().'],
  ['ForEach', 'Write foreach (var x in …) { … }.'],
  ['Join', 'Use Where(…) with a condition on both, or SelectMany(…).'],
  ['LongCount', 'Use Count().'],
  ['MaxBy', 'Write OrderByDescending(x => …).FirstOrDefault().'],
  ['MinBy', 'Write OrderBy(x => …).FirstOrDefault().'],
  ['OfType', 'Items have their type already: leave it out, or choose with Where(x => …).'],
  ['Order', 'Write OrderBy(x => x).'],
  ['OrderDescending', 'Write OrderByDescending(x => x).'],
  ['Repeat', "Write new string('x', 3) for a text, or Enumerable.Range(0, 3).Select(x => …)."],
  ['Sort', 'Write OrderBy(x => …).ToList().'],
  ['Zip', 'Write Select((x, index) => … other[index] …).'],
  // Texts
  ['AsSpan', 'Use Substring(…).'],
  ['Encoding', 'Texts are not handled as bytes.'],
  ['IsNormalized', text],
  ['NormalizationForm', text],
  ['TextInfo', 'Write x.ToTitle() or x.ToFirstName().'],
  ['ToTitleCase', 'Write x.ToTitle() or x.ToFirstName().'],
  // Dates and cultures
  ['CultureInfo', stated],
  ['DateOnly', 'Use DateTime.'],
  ['DateTimeOffset', local],
  ['GetCultureInfo', stated],
  ['GetDateTimeFormats', 'Write ToString("dd/MM/yyyy"), with the format you need.'],
  ['Thread', environment],
  ['TimeOnly', 'Use TimeSpan or DateTime.'],
  ['TimeZoneInfo', local],
  ['ToFileTime', 'Use ToFileTimeUtc().'],
  ['ToLocalTime', local],
  ['ToOADate', 'Use ToString("…") or Ticks.'],
  // The rest of the platform
  ['Environment', environment],
  ['File', environment],
  [
    'Exception',
    'Return null, or a value that shows the mistake; a failing evaluation is reported.',
  ],
  ['GetHashCode', 'It differs from run to run in .NET; derive the value from data.'],
  ['GetType', 'Types are known when the configuration is checked.'],
  ['ToDecimal', 'Use Convert.ToDouble(…).'],
]);

/** The hint for a name of .NET that is not there: what to write instead, else the nearest known name. */
export function adviseOn(name: string, known: Iterable<string>): string | undefined {
  return advice.get(name) ?? suggestName(name, known);
}
