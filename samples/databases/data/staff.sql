-- One row for everybody who works here today; what is needed in several places is computed once, here.
SELECT s.number,
       s.first_name || ' ' || s.last_name AS full_name,
       lower(left(s.first_name, 1) || '.' || translate(s.last_name, 'ąćęłńóśźżĄĆĘŁŃÓŚŹŻ''', 'acelnoszzACELNOSZZ')) AS login,
       o.city,
       s.hired,
       s.rate
FROM hr.staff s
JOIN hr.offices o ON o.code = s.office
WHERE s.left_on IS NULL OR s.left_on > current_date
ORDER BY s.number;
