"""Settings of an operator, among them every open legal question: a default each, and a sentence that explains
it."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, RootModel

from cases.registers.processing import BasisKind
from cases.registers.texts import Frozen, Text, written
from connectors.description import tomlfile

MonthDay = Annotated[
    str,
    written(
        "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9])|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31", "12-31 (month-day)"
    ),
]


class Period(Frozen):
    """A stretch of days, both included, with the order that it rests on."""

    first: date
    last: date
    law: str


class Settings(Frozen):
    """What an operator may decide differently. `explain(field)` gives the words for each."""

    financial_year_end: MonthDay = "12-31"
    pause_ask_working_days: Annotated[int, Field(ge=0, le=20)] = 5
    act_by_working_days: Annotated[int, Field(ge=0, le=20)] = 3
    remind_days: Annotated[int, Field(ge=0, le=20)] = 5
    package_days: Annotated[int, Field(ge=1, le=90)] = 14
    case_file_years: Annotated[int, Field(ge=1, le=10)] = 5
    erased_keys_days: Annotated[int, Field(ge=0, le=366)] = 90
    consent_evidence_years: Annotated[int, Field(ge=0, le=10)] = 3
    credit_objection_open: bool = True
    credit_refusal_human_review: bool = True
    deidentified_is_personal: bool = True
    transfer_gaps: Literal["block", "warn"] = "block"
    retention_gaps: Literal["block", "warn"] = "block"
    recording_needs_consent: bool = False
    facebook_joint_control: bool = False
    hold_countries: tuple[Literal["SE", "DK"], ...] = ()
    user_withdrawal_honoured: bool = True
    directory_offer_removal: bool = True
    cite_current_logging_law: bool = True
    retained_access: Literal["describe", "give", "country"] = "country"
    ipred_name_delayed: bool = True
    former_names_shown: bool = True
    over_retained_given_first: bool = True
    general_logging_mandate: bool = False
    general_logging_mandates: tuple[Period, ...] = ()
    # Danish orders under § 786 e are made for a year at a time, from 30 March.
    law_review_due: date = date(2027, 3, 30)

    def mandate_on(self, day: date) -> bool:
        """Whether a Danish order under section 786 e was in force on the registration day."""
        return self.general_logging_mandate or any(
            period.first <= day <= period.last for period in self.general_logging_mandates
        )


class Remark(Frozen):
    """A sentence for the answer while a setting is on, at purposes that use one of the categories, where given: of
    operators in one `country`, for `business` users, where the category rests on all of the `bases`, or where the
    purpose itself rests on `own_basis`."""

    text: Text
    categories: tuple[str, ...]
    country: Literal["SE", "DK"] | None = None
    business: bool = False
    bases: tuple[BasisKind, ...] = ()
    own_basis: BasisKind | None = None


class Explanation(Frozen):
    """The words for a setting; `flag` is the number of the open legal question behind it, if there is one."""

    flag: str | None = None
    name: Text
    text: Text
    remark: Remark | None = None


class _Table(RootModel[dict[str, Explanation]]):
    pass


EXPLANATIONS = tomlfile.load(Path(__file__).with_suffix(".toml"), _Table).root


def explain(field: str) -> Explanation:
    """The name and the explaining sentence of one field of Settings; KeyError for anything else."""
    return EXPLANATIONS[field]
