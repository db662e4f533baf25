CREATE TABLE customer (customer_no TEXT PRIMARY KEY, name TEXT, street TEXT, email TEXT, floor INTEGER,
                       left_on DATE, marketing_allowed INTEGER, blocked INTEGER DEFAULT 0);
CREATE TABLE note (id INTEGER PRIMARY KEY, customer_no TEXT, written_on DATE, text TEXT);
CREATE TABLE profile (id INTEGER PRIMARY KEY, customer_no TEXT, segment TEXT, computed_on DATE, shared_with TEXT,
                      blocked INTEGER DEFAULT 0);
CREATE TABLE credit (id INTEGER PRIMARY KEY, customer_no TEXT, decided_on DATE, decision TEXT);
CREATE TABLE disclosure (id INTEGER PRIMARY KEY, customer_no TEXT, kind TEXT, given_on DATE, recipient TEXT, ref TEXT);
CREATE TABLE retained (id INTEGER PRIMARY KEY, customer_no TEXT, kind TEXT, at DATETIME, account TEXT);
INSERT INTO customer (customer_no, name, street, email, floor, left_on, marketing_allowed) VALUES
  ('C1', 'Anna Test', 'Storgatan 1', 'anna@example.com', 2, NULL, 1),
  ('C2', 'Bo Test', 'Lillgatan 2', 'bo@example.com', 3, '2020-01-31', 1);
INSERT INTO note VALUES (1, 'C1', '2026-05-01', 'Wants a new phone.'), (2, 'C2', '2019-05-01', 'Was content.');
INSERT INTO profile (id, customer_no, segment, computed_on, shared_with) VALUES
  (1, 'C1', 'sport', '2026-06-01', 'Facebook'), (2, 'C1', 'film', '2026-06-02', 'YouTube, Google'),
  (3, 'C2', 'sport', '2019-06-01', 'Meta');
INSERT INTO credit VALUES (1, 'C1', '2026-07-01', 'no'), (2, 'C2', '2019-07-01', 'yes');
