"""Words that fictional customers are made of."""


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
PLANS = {
    "SE": ("Mobil 10 GB", "Mobil 50 GB", "Mobil Obegränsad"),
    "DK": ("Mobil 10 GB", "Mobil 50 GB", "Fri data"),
}
ITEMS = {"SE": ("Simkort", "Mobiltelefon", "Router"), "DK": ("SIM-kort", "Mobiltelefon", "Router")}
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
SPOKEN = {
    "SE": "Kunden: Hej, jag har en fråga om min faktura. Handläggaren: Då tittar vi på den tillsammans.",
    "DK": "Kunden: Hej, jeg har et spørgsmål til min regning. Medarbejderen: Så ser vi på den sammen.",
}
PROGRAMMES = ("Sjöräddarna", "Matresan", "Nordiska brott", "Fotbollskväll", "Naturens år")
INTERESTS = ("sport", "film", "nature", "news", "cooking", "series")
SEGMENTS = ("streaming-family", "price-aware", "heavy-data", "new-device-soon", "roaming-traveller")
AD_PARTNERS = ("Meta", "Google", "TikTok", "Schibsted", "Bonnier")
SITES = ("nyheter.example", "karta.example", "musik.example", "bank.example", "recept.example")
TRADES = ("Bygg", "Måleri", "Transport", "El", "Redovisning", "Trädgård", "Städ", "Data")
