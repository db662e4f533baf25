"""A small operator of our own: what its connectors.toml says, and what lies in its database."""

CONNECTORS = """
[[source]]
key = "crm"
name = { sv = "Kundregister", da = "Kundesystem", en = "Customer register" }
kind = "sql"
url = "env:STAGES_CRM_URL"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
name = { sv = "Kundkort", da = "Kundekort", en = "Customer card" }
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", email = "email" }
at = "left_on"
contract_end = "left_on"
interval = false
on_erase = "delete"
yields = [{ kind = "customer_no", column = "customer_no" }]
link = ["email"]
claim = true
suppress = { channels = ["marketing", "tv-ads", "ad-profiling", "consent"], set = { marketing_allowed = 0 } }

[[source.collection]]
key = "subscription"
category = "account"
name = { sv = "Abonnemang", da = "Abonnementer", en = "Subscriptions" }
table = "subscription"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "valid_to"
interval = false
on_erase = "delete"
yields = [{ kind = "msisdn", column = "msisdn", from = "valid_from", to = "valid_to" }]

[[source.collection]]
key = "invoice"
category = "invoices"
name = { sv = "Fakturor", da = "Regninger", en = "Invoices" }
table = "invoice"
key_columns = ["no"]
find = { customer_no = "customer_no" }
at = "issued_on"
on_erase = "delete"
claim = { column = "status", equals = "unpaid" }
claims = { arose = "due_on", demanded = "demanded_on", unpaid = { column = "status", equals = "unpaid" } }

[[source.collection]]
key = "calls"
category = "usage"
name = { sv = "Samtal", da = "Opkald", en = "Calls" }
table = "calls"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "started_at"
on_erase = "delete"
hidden_number = { column = "hidden", equals = 1 }
redact = ["other"]
"""

TABLES = """
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
"""
