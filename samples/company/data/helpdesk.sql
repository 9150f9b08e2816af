-- The helpdesk application as it stands before Lockstep: some people have accounts, most do not.
CREATE TABLE teams (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL
);

CREATE TABLE agents (
  login TEXT PRIMARY KEY,
  kind TEXT NOT NULL DEFAULT 'person',
  hr_number TEXT,
  full_name TEXT NOT NULL,
  mail TEXT,
  department TEXT,
  manager TEXT REFERENCES agents (login) ON UPDATE CASCADE ON DELETE SET NULL
);

CREATE TABLE agent_teams (
  login TEXT NOT NULL REFERENCES agents (login) ON UPDATE CASCADE ON DELETE CASCADE,
  team TEXT NOT NULL REFERENCES teams (code),
  PRIMARY KEY (login, team)
);

INSERT INTO teams (code, name) VALUES
  ('everyone', 'Everyone at Fernhill'),
  ('answers', 'Answers to customers'),
  ('offers', 'Offers and prices'),
  ('operations', 'Operations of computers and networks'),
  ('returns', 'Returned instruments'),
  ('administration', 'Administration of the helpdesk');

INSERT INTO agents (login, hr_number, full_name, mail, department, manager) VALUES
  ('ingrid.solberg', '1001', 'Ingrid Solberg', 'ingrid.solberg@fernhill.test', 'Fernhill Instruments', NULL),
  ('tomas.wexler', '1002', 'Tomas Wexler', 'tomas.wexler@fernhill.test', 'Sales', 'ingrid.solberg'),
  ('amara.okonjo', '1003', 'Amara Okonjo', 'amara.okonjo@fernhill.test', 'Technology', 'ingrid.solberg'),
  ('lucien.faber', '1004', 'Lucien Faber', 'lucien.faber@fernhill.test', 'Production', 'ingrid.solberg'),
  ('rosalind.ekwall', '1005', 'Rosalind Ekwall', 'rosalind.ekwall@fernhill.test', 'Office', 'ingrid.solberg'),
  ('piet.vandoorn', '1006', 'Piet van Doorn', 'piet.vandoorn@fernhill.test', 'Sales north', 'tomas.wexler'),
  ('samira.haddadin', '1007', 'Samira Haddadin', 'samira.haddadin@fernhill.test', 'Sales south', 'tomas.wexler'),
  ('dorota.zielinska', '1008', 'Dorota Zielińska', 'dorota.zielinska@fernhill.test', 'Customer care', 'tomas.wexler'),
  ('nora.lindqvist', '1009', 'Nora Lindqvist', 'nora.lindqvist@fernhill.test', 'Customer care', 'dorota.zielinska'),
  -- Somebody typed another address here by hand: a value that no rule explains.
  ('elias.brandvold', '1010', 'Elias Brandvold', 'elias@fernhill.test', 'Customer care', 'dorota.zielinska'),
  ('henrike.vossloh', '1016', 'Henrike Vossloh', 'henrike.vossloh@fernhill.test', 'Information technology', 'amara.okonjo'),
  ('beatriz.coelho', '1020', 'Beatriz Coelho', 'beatriz.coelho@fernhill.test', 'Laboratory', 'amara.okonjo'),
  ('anton.kirchweger', '1023', 'Anton Kirchweger', 'anton.kirchweger@fernhill.test', 'Assembly', 'lucien.faber'),
  ('emeka.adeyemi', '1027', 'Emeka Adeyemi', 'emeka.adeyemi@fernhill.test', 'Stores and shipping', 'lucien.faber'),
  ('paula.rautio', '1030', 'Paula Rautio', 'paula.rautio@fernhill.test', 'Finance', 'rosalind.ekwall');

INSERT INTO agent_teams (login, team)
  SELECT login, 'everyone' FROM agents;

INSERT INTO agent_teams (login, team) VALUES
  ('tomas.wexler', 'offers'),
  ('piet.vandoorn', 'offers'),
  ('samira.haddadin', 'offers'),
  ('dorota.zielinska', 'answers'),
  ('nora.lindqvist', 'answers'),
  ('elias.brandvold', 'answers');
