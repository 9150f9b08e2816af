/** How long and how large the endurance tests are: small by default, as large as the environment says. */
function readNumber(name: string, standard: number): number {
  const text = process.env[name];
  if (text === undefined || text === '') return standard;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} is "${text}", which is not a whole number`);
}

/** Kills of a full cycle on SQLite, on PostgreSQL; people of the company that lives it. */
export const kills = {
  sqlite: readNumber('LOCKSTEP_SOAK_KILLS', 2),
  postgres: readNumber('LOCKSTEP_SOAK_KILLS_POSTGRES', 1),
  people: readNumber('LOCKSTEP_SOAK_KILL_PEOPLE', 200),
  lanes: readNumber('LOCKSTEP_SOAK_LANES', 1),
};

/** Days of a company that lives on, and its people. */
export const days = {
  count: readNumber('LOCKSTEP_SOAK_DAYS', 3),
  people: readNumber('LOCKSTEP_SOAK_PEOPLE', 200),
};

/** Random points at which the disk is full, and people of the company it happens to. */
export const disk = {
  points: readNumber('LOCKSTEP_SOAK_DISK_POINTS', 2),
  people: readNumber('LOCKSTEP_SOAK_DISK_PEOPLE', 200),
};

export const seed = readNumber('LOCKSTEP_SOAK_SEED', 1);
