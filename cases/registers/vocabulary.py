"""The plain words for the fixed terms of a register: bases, recipients, sources, levels of proof."""

from cases.registers.texts import Text

# Noun phrases without a full stop: they stand alone, after a colon, and in a series inside a sentence.
BASES: dict[str, Text] = {
    "contract": Text(
        sv="Ett avtal som inte kan fullgöras utan uppgifterna (artikel 6.1 b)",
        da="En aftale, der ikke kan opfyldes uden oplysningerne (artikel 6, stk. 1, litra b)",
        en="A contract that cannot be performed without the data (Article 6(1)(b))",
    ),
    "legal-obligation": Text(
        sv="En lag som kräver det (rättslig förpliktelse, artikel 6.1 c)",
        da="En lov, der kræver det (retlig forpligtelse, artikel 6, stk. 1, litra c)",
        en="A law that requires it (legal obligation, Article 6(1)(c))",
    ),
    "legitimate-interest": Text(
        sv="Ett berättigat intresse, vägt mot dina intressen (artikel 6.1 f)",
        da="En legitim interesse, afvejet mod dine interesser (artikel 6, stk. 1, litra f)",
        en="A legitimate interest, weighed against your interests (Article 6(1)(f))",
    ),
    "consent": Text(
        sv="Samtycke (artikel 6.1 a)",
        da="Samtykke (artikel 6, stk. 1, litra a)",
        en="Consent (Article 6(1)(a))",
    ),
    "none-stated": Text(
        sv="Integritetspolicyn anger ingen rättslig grund",
        da="Privatlivspolitikken angiver ikke et retsgrundlag",
        en="The privacy policy states no legal basis",
    ),
}

RECIPIENT_KINDS: dict[str, Text] = {
    "ad-partner": Text(sv="Annonspartner", da="Annoncepartner", en="Advertising partner"),
    "credit-bureau": Text(sv="Kreditupplysningsföretag", da="Kreditoplysningsbureau", en="Credit bureau"),
    "content-provider": Text(sv="Innehållsleverantör", da="Indholdsleverandør", en="Content provider"),
    "group-company": Text(sv="Koncernbolag", da="Koncernselskab", en="Group company"),
    "processor": Text(sv="Personuppgiftsbiträde", da="Databehandler", en="Processor"),
    "marketing-partner": Text(
        sv="Marknadsföringspartner", da="Markedsføringspartner", en="Marketing partner"
    ),
    "other-operator": Text(sv="Annan operatör", da="Anden operatør", en="Other operator"),
    "directory": Text(sv="Nummerupplysning", da="Nummeroplysning", en="Directory service"),
    "acquirer": Text(sv="Part i företagsaffär", da="Part i virksomhedshandel", en="Party to an acquisition"),
    "customer": Text(sv="Kunden (arbetsgivaren)", da="Kunden (arbejdsgiveren)", en="The customer (employer)"),
    "rights-holder": Text(sv="Rättighetshavare", da="Rettighedshaver", en="Rights holder"),
    "emergency": Text(sv="Larmtjänst", da="Alarmcentral", en="Emergency service"),
    "authority": Text(sv="Myndighet", da="Myndighed", en="Public authority"),
}

SOURCE_KINDS: dict[str, Text] = {
    "subject": Text(sv="Du själv", da="Dig selv", en="You yourself"),
    "customer": Text(sv="Kunden (arbetsgivaren)", da="Kunden (arbejdsgiveren)", en="The customer (employer)"),
    "automatic": Text(
        sv="Skapas när tjänsterna används",
        da="Opstår, når tjenesterne bruges",
        en="Created when the services are used",
    ),
    "third-party": Text(sv="Någon annan än du", da="En anden end dig", en="Someone other than you"),
    "internal": Text(
        sv="Tas fram i vårt eget arbete", da="Opstår i vores eget arbejde", en="Produced in our own work"
    ),
}

PROOFS: dict[str, Text] = {
    "low": Text(sv="kod via e-post", da="kode på e-mail", en="mailed code"),
    "substantial": Text(
        sv="e-legitimation eller kontroll av handläggare",
        da="MitID eller kontrol hos en sagsbehandler",
        en="electronic ID or a check by a caseworker",
    ),
    "high": Text(
        sv="e-legitimation på hög nivå", da="MitID på højt niveau", en="electronic ID at the high level"
    ),
}

WAYS: dict[str, Text] = {
    "known-channel": Text(
        sv="en väg vi känner sedan tidigare", da="en kanal, vi kender i forvejen", en="a channel known before"
    ),
    "shop": Text(sv="i en butik", da="i en butik", en="in a shop"),
    "letter": Text(
        sv="kod i brev till folkbokföringsadressen",
        da="kode i brev til folkeregisteradressen",
        en="a code by letter to the registered address",
    ),
    "caseworker": Text(
        sv="kontroll av en handläggare", da="kontrol hos en sagsbehandler", en="a caseworker's check"
    ),
}

TO_BE_SET = Text(sv="anges av operatören", da="angives af operatøren", en="to be set by the operator")
FORMERLY = Text(sv="tidigare {name}", da="tidligere {name}", en="formerly {name}")
