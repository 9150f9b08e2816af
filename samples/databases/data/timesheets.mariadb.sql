CREATE TABLE accounts (
  login varchar(40) PRIMARY KEY,
  staff_number int unsigned UNIQUE,
  full_name varchar(100),
  mail varchar(100),
  enabled tinyint(1) NOT NULL DEFAULT 1
) CHARACTER SET utf8mb4;
CREATE TABLE projects (code varchar(20) PRIMARY KEY, name varchar(100)) CHARACTER SET utf8mb4;
CREATE TABLE memberships (
  login varchar(40) REFERENCES accounts (login),
  project varchar(20) REFERENCES projects (code),
  PRIMARY KEY (login, project)
) CHARACTER SET utf8mb4;
INSERT INTO projects VALUES ('GENERAL', 'General'), ('CUSTOMS', 'Customs papers');
INSERT INTO accounts VALUES ('m.buchan', 101, 'Moira Buchan', 'm.buchan@marlow.test', 1), ('h.lis', 106, 'Hanna Lis', 'h.lis@marlow.test', 1);
INSERT INTO memberships VALUES ('m.buchan', 'CUSTOMS'), ('h.lis', 'GENERAL');
