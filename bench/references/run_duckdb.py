"""What DuckDB takes for the same work, with two threads: `run_duckdb.py prepare <people.csv> <out.csv>`, `run_duckdb.py read <people.csv>`."""
import sys

import duckdb

task, source, *rest = sys.argv[1:]
database = duckdb.connect()
database.execute("SET threads = 2")
rows = f"read_csv('{source}', header = true, all_varchar = true)"
if task == "prepare":
    # Rows without key and repeated keys left out, sorted by key.
    database.execute(
        f"""COPY (
          SELECT * EXCLUDE (place) FROM (
            SELECT *, row_number() OVER (PARTITION BY EmployeeId) AS place FROM {rows}
            WHERE EmployeeId IS NOT NULL
          ) WHERE place = 1 ORDER BY EmployeeId
        ) TO '{rest[0]}' (HEADER, DELIMITER ',')"""
    )
elif task == "read":
    print(database.execute(f"SELECT count(*), max(LastName), max(Badge) FROM {rows}").fetchall())
else:
    sys.exit(f"unknown task {task}")
