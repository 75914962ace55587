"""What is decided about a draft's file: its columns, who is left out, own links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rollcall import external_id as external_ids
from rollcall import person
from rollcall.contact_file.columns import Mapping as Columns
from rollcall.outbox.ledger import WITHOUT_LINKS
from rollcall.outbox.states import BatchState
from rollcall.outbox.wishes import LinkTemplates
from rollcall.store.database import Store
from rollcall.store.tables import Batch


@dataclass(frozen=True, slots=True)
class Plan:
    """What is decided about a draft's file.

    Attributes:
        columns: where each value of a person comes from.
        leave_out: columns whose opt-out cells leave people out.
        file_links: whether the links in the file's own columns are sent. Off until switched on, as all own links are.
        compared_with: the listing (reading id) the verdicts were last compared with.
    """

    columns: Columns
    leave_out: tuple[int, ...] = ()
    file_links: bool = False
    compared_with: int | None = None

    @property
    def sent_columns(self) -> Columns:
        """Where what is sent comes from: without the columns of links, unless they are switched on."""
        return self.columns if self.file_links else replace(self.columns, join_uri=None, cancellation_uri=None)

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the batch."""
        return {
            **self.columns.to_json(),
            "leave_out": list(self.leave_out),
            "file_links": self.file_links,
            "compared_with": self.compared_with,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Plan:
        """What `to_json` gave."""
        return cls(
            columns=Columns.from_json(plain),
            leave_out=tuple(plain.get("leave_out") or ()),
            file_links=bool(plain.get("file_links")),
            compared_with=plain.get("compared_with"),
        )


def plan_of(batch: Batch) -> Plan:
    """What is decided about a draft."""
    return Plan.from_json(batch.mapping or {})


def links_of(batch: Batch) -> LinkTemplates:
    """The own links of a batch's people; empty: RingCentral's."""
    return LinkTemplates() if batch.links in (None, WITHOUT_LINKS) else LinkTemplates(**batch.links)


def sends_links(batch: Batch) -> bool:
    """Whether a batch's people were to get links of their own, from templates or from columns of the file."""
    return batch.links is not None or plan_of(batch).file_links


def taken_over(plan: Plan, header: Sequence[str], before: Plan, header_before: Sequence[str]) -> Plan:
    """The plan of a file that stands in for another: what was entered for everybody stays, whatever the file is.

    With the same header the columns stay as well, as they were picked. Who is left out is looked at anew.
    """
    if list(header) == list(header_before):
        return replace(plan, columns=before.columns, file_links=before.file_links)
    for_everybody = replace(
        plan.columns,
        source_constant=before.columns.source_constant,
        constant_keys=before.columns.constant_keys,
    )
    return replace(plan, columns=for_everybody)


def key_problems(chosen: Columns) -> list[person.Problem]:
    """What is wrong with the keys of the external ID, whatever the rows hold: empty ones, or the same twice."""
    from_columns = [(key, "") for _, key in chosen.keys]
    return [*external_ids.problems(from_columns), *external_ids.problems(chosen.constant_keys)]


def decide(store: Store, batch_id: int, plan: Plan, templates: LinkTemplates) -> bool:
    """Keep what was decided about a draft, if it is something new: then its rows have to be checked again.

    Returns whether it was something new.
    """
    links = asdict(templates) if templates != LinkTemplates() else None
    with store.write() as db:
        batch = db.get_one(Batch, batch_id, with_for_update=True)
        known = plan_of(batch)
        is_same = replace(known, compared_with=None) == replace(plan, compared_with=None) and batch.links == links
        if batch.state != BatchState.DRAFT or is_same:
            return False
        batch.mapping, batch.links, batch.checked_at = replace(plan, compared_with=None).to_json(), links, None
        return True
