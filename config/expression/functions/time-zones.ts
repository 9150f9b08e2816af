/** Windows time zone ids, and the offsets of zones. */
import type { Moment } from './date-text.ts';
import { momentOf } from './date-text.ts';

/** Windows id to IANA zone, after the territory-independent column of CLDR's windowsZones. */
const zoneNames: ReadonlyMap<string, string> = new Map(
  `Dateline Standard Time=Etc/GMT+12;UTC-11=Etc/GMT+11;Aleutian Standard Time=America/Adak;
Hawaiian Standard Time=Pacific/Honolulu;Marquesas Standard Time=Pacific/Marquesas;Alaskan Standard Time=America/Anchorage;
UTC-09=Etc/GMT+9;Pacific Standard Time (Mexico)=America/Tijuana;UTC-08=Etc/GMT+8;Pacific Standard Time=America/Los_Angeles;
US Mountain Standard Time=America/Phoenix;Mountain Standard Time (Mexico)=America/Mazatlan;
Mountain Standard Time=America/Denver;Yukon Standard Time=America/Whitehorse;
Central America Standard Time=America/Guatemala;Central Standard Time=America/Chicago;
Easter Island Standard Time=Pacific/Easter;Central Standard Time (Mexico)=America/Mexico_City;
Canada Central Standard Time=America/Regina;SA Pacific Standard Time=America/Bogota;
Eastern Standard Time (Mexico)=America/Cancun;Eastern Standard Time=America/New_York;
Haiti Standard Time=America/Port-au-Prince;Cuba Standard Time=America/Havana;
US Eastern Standard Time=America/Indianapolis;Turks And Caicos Standard Time=America/Grand_Turk;
Paraguay Standard Time=America/Asuncion;Atlantic Standard Time=America/Halifax;Venezuela Standard Time=America/Caracas;
Central Brazilian Standard Time=America/Cuiaba;SA Western Standard Time=America/La_Paz;
Pacific SA Standard Time=America/Santiago;Newfoundland Standard Time=America/St_Johns;
Tocantins Standard Time=America/Araguaina;E. South America Standard Time=America/Sao_Paulo;
SA Eastern Standard Time=America/Cayenne;Argentina Standard Time=America/Buenos_Aires;
Greenland Standard Time=America/Godthab;Montevideo Standard Time=America/Montevideo;
Magallanes Standard Time=America/Punta_Arenas;Saint Pierre Standard Time=America/Miquelon;
Bahia Standard Time=America/Bahia;UTC-02=Etc/GMT+2;Mid-Atlantic Standard Time=Etc/GMT+2;
Azores Standard Time=Atlantic/Azores;Cape Verde Standard Time=Atlantic/Cape_Verde;UTC=Etc/UTC;
GMT Standard Time=Europe/London;Greenwich Standard Time=Atlantic/Reykjavik;Sao Tome Standard Time=Africa/Sao_Tome;
Morocco Standard Time=Africa/Casablanca;W. Europe Standard Time=Europe/Berlin;
Central Europe Standard Time=Europe/Budapest;Romance Standard Time=Europe/Paris;
Central European Standard Time=Europe/Warsaw;W. Central Africa Standard Time=Africa/Lagos;
Jordan Standard Time=Asia/Amman;GTB Standard Time=Europe/Bucharest;Middle East Standard Time=Asia/Beirut;
Egypt Standard Time=Africa/Cairo;E. Europe Standard Time=Europe/Chisinau;Syria Standard Time=Asia/Damascus;
West Bank Standard Time=Asia/Hebron;South Africa Standard Time=Africa/Johannesburg;FLE Standard Time=Europe/Kiev;
Israel Standard Time=Asia/Jerusalem;South Sudan Standard Time=Africa/Juba;
Kaliningrad Standard Time=Europe/Kaliningrad;Sudan Standard Time=Africa/Khartoum;Libya Standard Time=Africa/Tripoli;
Namibia Standard Time=Africa/Windhoek;Arabic Standard Time=Asia/Baghdad;Turkey Standard Time=Europe/Istanbul;
Arab Standard Time=Asia/Riyadh;Belarus Standard Time=Europe/Minsk;Russian Standard Time=Europe/Moscow;
E. Africa Standard Time=Africa/Nairobi;Volgograd Standard Time=Europe/Volgograd;Iran Standard Time=Asia/Tehran;
Arabian Standard Time=Asia/Dubai;Astrakhan Standard Time=Europe/Astrakhan;Azerbaijan Standard Time=Asia/Baku;
Russia Time Zone 3=Europe/Samara;Mauritius Standard Time=Indian/Mauritius;Saratov Standard Time=Europe/Saratov;
Georgian Standard Time=Asia/Tbilisi;Caucasus Standard Time=Asia/Yerevan;Afghanistan Standard Time=Asia/Kabul;
West Asia Standard Time=Asia/Tashkent;Qyzylorda Standard Time=Asia/Qyzylorda;
Ekaterinburg Standard Time=Asia/Yekaterinburg;Pakistan Standard Time=Asia/Karachi;India Standard Time=Asia/Calcutta;
Sri Lanka Standard Time=Asia/Colombo;Nepal Standard Time=Asia/Katmandu;Central Asia Standard Time=Asia/Bishkek;
Bangladesh Standard Time=Asia/Dhaka;Omsk Standard Time=Asia/Omsk;Myanmar Standard Time=Asia/Rangoon;
SE Asia Standard Time=Asia/Bangkok;Altai Standard Time=Asia/Barnaul;W. Mongolia Standard Time=Asia/Hovd;
North Asia Standard Time=Asia/Krasnoyarsk;N. Central Asia Standard Time=Asia/Novosibirsk;
Tomsk Standard Time=Asia/Tomsk;China Standard Time=Asia/Shanghai;North Asia East Standard Time=Asia/Irkutsk;
Singapore Standard Time=Asia/Singapore;W. Australia Standard Time=Australia/Perth;Taipei Standard Time=Asia/Taipei;
Ulaanbaatar Standard Time=Asia/Ulaanbaatar;Aus Central W. Standard Time=Australia/Eucla;
Transbaikal Standard Time=Asia/Chita;Tokyo Standard Time=Asia/Tokyo;North Korea Standard Time=Asia/Pyongyang;
Korea Standard Time=Asia/Seoul;Yakutsk Standard Time=Asia/Yakutsk;Cen. Australia Standard Time=Australia/Adelaide;
AUS Central Standard Time=Australia/Darwin;E. Australia Standard Time=Australia/Brisbane;
AUS Eastern Standard Time=Australia/Sydney;West Pacific Standard Time=Pacific/Port_Moresby;
Tasmania Standard Time=Australia/Hobart;Vladivostok Standard Time=Asia/Vladivostok;
Lord Howe Standard Time=Australia/Lord_Howe;Bougainville Standard Time=Pacific/Bougainville;
Russia Time Zone 10=Asia/Srednekolymsk;Magadan Standard Time=Asia/Magadan;Norfolk Standard Time=Pacific/Norfolk;
Sakhalin Standard Time=Asia/Sakhalin;Central Pacific Standard Time=Pacific/Guadalcanal;
Russia Time Zone 11=Asia/Kamchatka;New Zealand Standard Time=Pacific/Auckland;UTC+12=Etc/GMT-12;
Fiji Standard Time=Pacific/Fiji;Kamchatka Standard Time=Asia/Kamchatka;Chatham Islands Standard Time=Pacific/Chatham;
UTC+13=Etc/GMT-13;Tonga Standard Time=Pacific/Tongatapu;Samoa Standard Time=Pacific/Apia;
Line Islands Standard Time=Pacific/Kiritimati`
    .split(';')
    .map((entry): [string, string] => {
      const [windowsName = '', zone = ''] = entry.trim().split('=');
      return [windowsName.toLowerCase(), zone];
    }),
);

/** Ids this version knows, lower case, for suggestions. */
export function listWindowsZones(): Iterable<string> {
  return zoneNames.keys();
}

/** A time zone: its distance from UTC at a moment, and the moment a wall clock shows. */
export interface TimeZone {
  /** Milliseconds to add to UTC to get local time. */
  offsetAt(moment: Moment): number;
  /**
   * The moment at which clocks of the zone show this wall time (given as if it were UTC). A time shown twice in autumn is the later one
   * (standard time, as .NET takes it); a time skipped in spring counts on from before the change.
   */
  momentAt(wallTime: Moment): Moment;
}

/** The zone of a Windows id (`Romance Standard Time`) or an IANA name, or `undefined` when there is none. */
export function findTimeZone(id: string): TimeZone | undefined {
  const name = zoneNames.get(id.trim().toLowerCase()) ?? id.trim();
  try {
    return createZone(
      new Intl.DateTimeFormat('en-US', {
        timeZone: name,
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      }),
    );
  } catch {
    // Intl answers an unknown zone with a RangeError; here that is an ordinary answer.
    return undefined;
  }
}

function createZone(format: Intl.DateTimeFormat): TimeZone {
  const offsetAt = (moment: Moment): number => {
    const wholeSecond = Math.floor(moment / 1000) * 1000;
    let [year, month, day, hour, minute, second] = [0, 0, 0, 0, 0, 0];
    for (const part of format.formatToParts(wholeSecond)) {
      if (part.type === 'year') year = Number(part.value);
      else if (part.type === 'month') month = Number(part.value);
      else if (part.type === 'day') day = Number(part.value);
      else if (part.type === 'hour') hour = Number(part.value);
      else if (part.type === 'minute') minute = Number(part.value);
      else if (part.type === 'second') second = Number(part.value);
      // Moments of the first hours of year 1 fall before it in western zones: no offset can be told.
      else if (part.type === 'era' && part.value.startsWith('B')) return 0;
    }
    // Intl uses the Julian calendar before 1582; offsets of that age are those of 1900 at best.
    if (year < 1583) return wholeSecond < -12_000_000_000_000 ? offsetAt(-2_208_988_800_000) : 0;
    const wall = momentOf({ year, month, day, hour, minute, second, millisecond: 0 });
    return wall === undefined ? 0 : wall - wholeSecond;
  };
  const momentAt = (wallTime: Moment): Moment => {
    const day = 86_400_000;
    const before = offsetAt(wallTime - day);
    const after = offsetAt(wallTime + day);
    const candidates = [wallTime - Math.max(before, after), wallTime - Math.min(before, after)];
    const shown = candidates.filter((moment) => moment + offsetAt(moment) === wallTime);
    return shown.at(-1) ?? wallTime - before;
  };
  return { offsetAt, momentAt };
}
