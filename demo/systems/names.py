"""Words that fictional customers are made of."""

from typing import Any


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = {
    "SE": _words(
        "Anna Erik Maria Lars Karin Anders Eva Johan Sara Per Lena Nils Emma Karl Kristina Mikael Elin "
        "Fredrik Ingrid Oskar Birgitta Gustav Sofia Mats Åsa Björn Malin Olof Ebba Viktor Amina Yusuf Milan"
    ),
    "DK": _words(
        "Anne Peter Kirsten Jens Mette Lars Hanne Niels Anna Søren Helle Hans Susanne Jørgen Lene Thomas "
        "Marianne Henrik Camilla Ole Ida Mikkel Freja Rasmus Signe Kasper Maja Emil Åse Bjørn Amira Naja"
    ),
}
LAST = {
    "SE": _words(
        "Andersson Lindqvist Nyström Bergström Holm Sandberg Åkesson Ek Wallin Sjöberg Dahl Forsberg Hedlund "
        "Öberg Norén Engström Blom Hallberg Ström Lundin Falk Vikström Ahmed Haddad Kowalski Nguyen"
    ),
    "DK": _words(
        "Jensen Nygaard Holst Kjær Lund Møller Skov Bach Dahl Friis Winther Østergaard Bruun Thorsen Krogh "
        "Mikkelsen Toft Lauritsen Vestergaard Juul Hald Ibsen Yılmaz Khan Petersen Rask"
    ),
}
STREETS = {
    "SE": _words("Exempelgatan Provvägen Övningsgränd Testbacken Påhittsvägen Fiktionsstigen"),
    "DK": _words("Eksempelvej Prøvegade Øvelsesstræde Testbakken Påfundsvej Fiktionsstien"),
}
TOWNS = {
    "SE": (("111 00", "Stockholm"), ("411 00", "Göteborg"), ("211 00", "Malmö"), ("581 00", "Linköping")),
    "DK": (("1000", "København K"), ("8000", "Aarhus C"), ("5000", "Odense C"), ("9000", "Aalborg")),
}
# How the numbers of those begin who are no customers.
STRANGERS = {"SE": "+4699", "DK": "+459998"}
PLANS = {
    "SE": ("Mobil 10 GB", "Mobil 50 GB", "Mobil Obegränsad"),
    "DK": ("Mobil 10 GB", "Mobil 50 GB", "Fri data"),
}
# What is ordered, and what it costs at least and at most, in whole kronor.
ITEMS = {
    "SE": (("Simkort", 29, 99), ("Mobiltelefon", 1990, 14990), ("Router", 690, 2490)),
    "DK": (("SIM-kort", 29, 99), ("Mobiltelefon", 1490, 11990), ("Router", 490, 1990)),
}
NOTES = {
    "SE": (
        ("Faktura", "Kunden undrar över roamingavgiften på senaste fakturan. Förklarat, inget att rätta."),
        ("Täckning", "Dålig täckning i källaren. Kunden har fått råd om wifi-samtal."),
        ("Abonnemang", "Kunden vill byta till ett större abonnemang från nästa månad. Ändringen är lagd."),
        ("Röstbrevlåda", "Hjälp att spela in nytt hälsningsmeddelande."),
    ),
    "DK": (
        ("Regning", "Kunden spørger til roaming på seneste regning. Forklaret, intet at rette."),
        ("Dækning", "Dårlig dækning i kælderen. Kunden har fået råd om wifi-opkald."),
        ("Abonnement", "Kunden vil skifte til et større abonnement fra næste måned. Ændringen er lagt ind."),
        ("Telefonsvarer", "Hjælp til at indtale en ny velkomst."),
    ),
}
# Some notes speak of somebody else as well, by name and number.
NOTES_ABOUT_OTHERS = {
    "SE": ("Familj", "{who}, som kunden delar bostad med, ringer från {number} och undrar om samma faktura."),
    "DK": (
        "Familie",
        "{who}, som kunden bor sammen med, ringer fra {number} og spørger til den samme regning.",
    ),
}
# What the systems write into their columns, in the language of the people who use them.
WORDS: dict[str, dict[str, Any]] = {
    "SE": {
        "paid-by": ("autogiro", "e-faktura"),
        "delivered": "levererad",
        "granted": "beviljad",
        "gender": ("kvinna", "man"),
        "household": {"typ": "familj", "boende": "lägenhet"},
        "register": "Skatteverket",
        "channel": ("telefon", "chatt", "e-post"),
        "mood": ("lugn", "irriterad"),
        "recommend": "Hur troligt är det att du rekommenderar oss?",
        "login": "inloggning",
        "handed-over": "namn och adress till den som använde {ip}",
        "identity": "Legitimation kontrollerad när avtalet ingicks",
        "instalment": "Delbetalningsavtal utbetalt",
        "call": ("samtal", "meddelande", "data"),
        "direction": ("inkommande", "utgående"),
        "network": ("eget nät", "roaming"),
        "event": ("samtal", "meddelande", "anslutning"),
        "purposes": (
            "nyhetsbrev",
            "partners erbjudanden",
            "trafikuppgifter för erbjudanden",
            "egna annonser",
        ),
        "consent-channel": ("e-post", "sms", "app"),
        "new-device": "ny enhet",
        "status": {"unpaid": "obetald", "paid": "betald", "open": "ej förfallen"},
        "kyc": ("identitet", "transaktion"),
        "rights-holder": "rättighetshavare",
        "retained": {
            "telephony": "telefoni",
            "location": "plats",
            "internet": "internet",
            "equipment": "utrustning",
        },
    },
    "DK": {
        "paid-by": ("Betalingsservice", "e-faktura"),
        "delivered": "leveret",
        "granted": "godkendt",
        "gender": ("kvinde", "mand"),
        "household": {"type": "familie", "bolig": "lejlighed"},
        "register": "offentligt register",
        "channel": ("telefon", "chat", "e-mail"),
        "mood": ("rolig", "irriteret"),
        "recommend": "Hvor sandsynligt er det, at du anbefaler os?",
        "login": "login",
        "handed-over": "navn og adresse på brugeren af {ip}",
        "identity": "Legitimation set, da aftalen blev indgået",
        "instalment": "Afdragsaftale udbetalt",
        "call": ("opkald", "besked", "data"),
        "direction": ("indgående", "udgående"),
        "network": ("eget net", "roaming"),
        "event": ("opkald", "besked", "tilslutning"),
        "purposes": ("nyhedsbrev", "partneres tilbud", "trafikdata til tilbud", "personlige annoncer"),
        "consent-channel": ("e-mail", "sms", "app"),
        "new-device": "ny enhed",
        "status": {"unpaid": "ubetalt", "paid": "betalt", "open": "ikke forfalden"},
        "kyc": ("identitet", "transaktion"),
        "rights-holder": "rettighedshaver",
        "retained": {"telephony": "telefoni", "internet": "internet"},
    },
}
SPOKEN = {
    "SE": "Kunden: Hej, jag har en fråga om min faktura. Handläggaren: Då tittar vi på den tillsammans.",
    "DK": "Kunden: Hej, jeg har et spørgsmål til min regning. Medarbejderen: Så ser vi på den sammen.",
}
# In some calls somebody else takes the phone.
SPOKEN_BY_OTHERS = {
    "SE": "{who}: Hej, det är {who} som har tagit över luren. Mig når ni på {number}.",
    "DK": "{who}: Hej, det er {who}, der har overtaget røret. Mig kan I få fat i på {number}.",
}
PROGRAMMES = ("Sjöräddarna", "Matresan", "Nordiska brott", "Fotbollskväll", "Naturens år")
INTERESTS = {
    "SE": ("sport", "film", "natur", "nyheter", "mat", "serier"),
    "DK": ("sport", "film", "natur", "nyheder", "mad", "serier"),
}
SEGMENTS = {
    "SE": ("familj som strömmar", "prismedveten", "mycket data", "byter snart telefon", "reser ofta"),
    "DK": ("streamende familie", "prisbevidst", "meget data", "skifter snart telefon", "rejser ofte"),
}
AD_PARTNERS = ("Meta", "Google", "TikTok", "Schibsted", "Bonnier")
SITES = ("nyheter.example", "karta.example", "musik.example", "bank.example", "recept.example")
TRADES = ("Bygg", "Måleri", "Transport", "El", "Redovisning", "Trädgård", "Städ", "Data")
