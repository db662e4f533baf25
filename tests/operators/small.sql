CREATE TABLE customer (customer_no TEXT PRIMARY KEY, name TEXT, email TEXT, left_on DATE, marketing_allowed INTEGER);
CREATE TABLE subscription (id INTEGER PRIMARY KEY, customer_no TEXT, msisdn TEXT,
                           valid_from DATETIME, valid_to DATETIME);
CREATE TABLE invoice (no TEXT PRIMARY KEY, customer_no TEXT, issued_on DATE, due_on DATE,
                      demanded_on DATE, status TEXT);
CREATE TABLE calls (id INTEGER PRIMARY KEY, msisdn TEXT, started_at DATETIME, other TEXT, hidden INTEGER);
INSERT INTO customer VALUES ('C1', 'Anna Test', 'anna@example.com', NULL, 1),
                            ('C2', 'Bo Test', 'bo@example.com', '2026-08-31', 1);
INSERT INTO subscription VALUES (1, 'C2', '+46701740605', '2025-01-01', '2026-01-01'),
                                (2, 'C1', '+46701740605', '2026-01-01', NULL);
INSERT INTO invoice VALUES ('F1', 'C1', '2026-07-31', '2026-08-30', NULL, 'paid'),
                           ('F2', 'C2', '2026-07-31', '2026-08-30', '2026-10-05', 'unpaid');
INSERT INTO calls VALUES (1, '+46701740605', '2025-06-01 12:00:00', '+46701740699', 0),
                         (2, '+46701740605', '2026-02-01 12:00:00', '+46701740698', 0),
                         (3, '+46701740605', '2026-03-01 12:00:00', '+46701740697', 1);
