"""The operators that ship, and a register small enough to break on purpose."""

from pathlib import Path

OPERATORS = Path(__file__).parents[3] / "operators"
SHIPPED = ("hektor-se", "tele2-se", "telenor-dk", "telenor-se", "telia-finance-dk")

SMALL = """\
slug = "small-se"
name = "Small"
country = "SE"
calendars = ["SE"]
time_zone = "Europe/Stockholm"
languages = ["sv"]
accent = "#112233"
accent_dark = "#ddeeff"
authority = "IMY"
court = { sv = "Gå till tingsrätten.", da = "Gå til byretten.", en = "Go to the district court." }
[controller]
legal_name = "Small AB"
[ways.shop]
proves = "substantial"
text = { sv = "Kom till butiken.", da = "Kom i butikken.", en = "Come to the shop." }
[categories.contact]
retention = { sv = "Ett år.", da = "Et år.", en = "One year." }
[categories.traffic]
[sources.subject]
kind = "subject"
name = "Du"
description = { sv = "du", da = "dig", en = "you" }
categories = ["contact", "traffic"]
[[purposes]]
code = "SM-P01"
name = { sv = "Leverera", da = "Levere", en = "Deliver" }
description = { sv = "X.", da = "X.", en = "X." }
bases = [{ kind = "contract" }]
categories = ["contact"]
sources = ["subject"]
recipients = ["helper"]
[[purposes]]
code = "SM-P02"
name = { sv = "Mäta", da = "Måle", en = "Measure" }
description = { sv = "X.", da = "X.", en = "X." }
bases = [{ kind = "none-stated" }]
categories = ["traffic"]
sources = ["subject"]
[recipients.helper]
kind = "processor"
name = "Helper"
description = { sv = "X.", da = "X.", en = "X." }
[set_by_operator.bases]
SM-P02 = [{ kind = "contract" }]
"""
