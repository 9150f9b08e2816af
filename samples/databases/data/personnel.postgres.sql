CREATE SCHEMA hr;
CREATE TABLE hr.offices (code text PRIMARY KEY, city text NOT NULL);
CREATE TABLE hr.staff (
  number integer PRIMARY KEY,
  first_name text NOT NULL,
  last_name text NOT NULL,
  office text NOT NULL REFERENCES hr.offices,
  hired date NOT NULL,
  left_on date,
  rate numeric(10, 4)
);
INSERT INTO hr.offices VALUES ('LEI', 'Leith'), ('GDY', 'Gdynia');
INSERT INTO hr.staff VALUES
  (101, 'Moira', 'Buchan', 'LEI', '2014-03-01', NULL, 41.2500),
  (102, 'Tadeusz', 'Wójcik', 'GDY', '2017-09-15', NULL, 38.0000),
  (103, 'Aoife', 'O''Rourke', 'LEI', '2019-01-07', NULL, 35.5000),
  (104, 'Piotr', 'Zając', 'GDY', '2020-06-01', NULL, 29.9900),
  (105, 'Callum', 'Innes', 'LEI', '2021-11-22', NULL, 27.1000),
  (106, 'Hanna', 'Lis', 'GDY', '2012-05-02', '2023-12-31', 33.0000),
  (107, 'Senait', 'Tesfaye', 'LEI', '2024-02-12', NULL, 26.7500);

-- The booking of lorries: an application of its own, read and written over ODBC.
CREATE SCHEMA fleet;
CREATE TABLE fleet.bookers (id serial PRIMARY KEY, login text UNIQUE NOT NULL, "Full name" text, active boolean);
INSERT INTO fleet.bookers (login, "Full name", active) VALUES
  ('m.buchan', 'Moira Buchan', true),
  ('h.lis', 'Hanna Lis', true);
