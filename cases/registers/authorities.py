"""The supervisory authorities a person can complain to (GDPR Art. 77)."""

from dataclasses import dataclass

from cases.registers.texts import Text


@dataclass(frozen=True)
class Authority:
    """Contact data as the letters print them; `country` is where it sits."""

    key: str
    country: str
    name: Text
    address: str
    email: str
    phone: str
    web: str


AUTHORITIES: dict[str, Authority] = {
    "IMY": Authority(
        key="IMY",
        country="SE",
        name=Text(
            sv="Integritetsskyddsmyndigheten (IMY)",
            da="Integritetsskyddsmyndigheten (IMY), den svenske tilsynsmyndighed",
            en="Integritetsskyddsmyndigheten (IMY), the Swedish Authority for Privacy Protection",
        ),
        address="Box 8114, 104 20 Stockholm",
        email="imy@imy.se",
        phone="+46 8 657 61 00",
        web="https://www.imy.se",
    ),
    "Datatilsynet": Authority(
        key="Datatilsynet",
        country="DK",
        name=Text(
            sv="Datatilsynet, den danska tillsynsmyndigheten",
            da="Datatilsynet",
            en="Datatilsynet, the Danish Data Protection Agency",
        ),
        address="Carl Jacobsens Vej 35, 2500 Valby",
        email="dt@datatilsynet.dk",
        phone="+45 33 19 32 00",
        web="https://www.datatilsynet.dk",
    ),
}
