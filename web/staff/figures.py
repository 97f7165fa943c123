"""How the assistant is used and how well it does: a day at a time, and by section."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import func, select

from vectorstore.archive import Archive
from vectorstore.passage import Document
from web.database import Database, moment, stamp
from web.markup import document_link, shown_title
from web.staff.ledger import midnight
from web.staff.plots import Plot, lined, stacked
from web.tables import cited, records

SPANS = (14, 30, 90)  # days
SECTIONS = 30  # shown of those used; those never used are shown all, folded


@dataclass(frozen=True, slots=True)
class Day:
    """One day of this machine's own calendar."""

    day: date
    asked: int
    refused: int
    liked: int
    disliked: int
    median: float | None  # milliseconds
    slow: float | None  # milliseconds that one in twenty took longer than

    @property
    def name(self) -> str:
        return f"{self.day.month}-{self.day.day}"


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    link: str  # "" when it is not in the present documents
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    days: tuple[Day, ...]
    used: tuple[Section, ...]  # the most cited first
    unused: tuple[Section, ...]  # in the present documents, in their order

    @property
    def asked(self) -> int:
        return sum(day.asked for day in self.days)

    @property
    def refused(self) -> float | None:
        """Share of questions, in percent."""
        return percent(sum(day.refused for day in self.days), self.asked)

    @property
    def disliked(self) -> float | None:
        """Share of opinions, in percent."""
        opinions = sum(day.liked + day.disliked for day in self.days)
        return percent(sum(day.disliked for day in self.days), opinions)

    def plots(self) -> tuple[Plot, Plot, Plot]:
        """Questions a day; shares refused and disliked; milliseconds."""
        names = [day.name for day in self.days]
        answered = [float(day.asked - day.refused) for day in self.days]
        return (
            stacked(names, [("a", answered), ("b", [float(day.refused) for day in self.days])]),
            lined(
                names,
                [
                    ("b", [percent(day.refused, day.asked) for day in self.days]),
                    ("c", [percent(day.disliked, day.liked + day.disliked) for day in self.days]),
                ],
                "%",
            ),
            lined(names, [("a", [day.median for day in self.days]), ("c", [day.slow for day in self.days])]),
        )


def figures(database: Database, archive: Archive, root: str, days: int) -> Figures:
    """Of the last so many days, today included. Greetings are no questions."""
    today = datetime.now().astimezone().date()
    since = today - timedelta(days=days - 1)
    begun = stamp(midnight(since))
    asked = select(records.c.created, records.c.status, records.c.liked, records.c.milliseconds).where(
        records.c.created >= begun, records.c.status != "chat"
    )
    counted = (
        select(cited.c.document, cited.c.title, cited.c.label, func.count())
        .join(records, records.c.number == cited.c.number)
        .where(records.c.created >= begun)
        .group_by(cited.c.document, cited.c.title, cited.c.label)
    )
    by_day: dict[date, list[tuple[str, bool | None, float | None]]] = {}
    with database.read() as connection:
        for created, status, liked, spent in connection.execute(asked):
            by_day.setdefault(moment(created).astimezone().date(), []).append((status, liked, spent))
        places = [(document, title, label, count) for document, title, label, count in connection.execute(counted)]
    every = [since + timedelta(days=n) for n in range(days)]
    return Figures(tuple(_day(day, by_day.get(day, [])) for day in every), *_sections(places, archive, root))


def percent(part: int, whole: int) -> float | None:
    return 100 * part / whole if whole else None


def _day(day: date, rows: list[tuple[str, bool | None, float | None]]) -> Day:
    spent = sorted(value for _, _, value in rows if value is not None)
    return Day(
        day=day,
        asked=len(rows),
        refused=sum(status == "refused" for status, _, _ in rows),
        liked=sum(liked is True for _, liked, _ in rows),
        disliked=sum(liked is False for _, liked, _ in rows),
        median=median(spent) if spent else None,
        slow=spent[min(len(spent) - 1, int(len(spent) * 0.95))] if spent else None,
    )


def _sections(
    places: list[tuple[str, str, str, int]], archive: Archive, root: str
) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """Those cited, and those that nobody has ever been led to."""
    known: dict[tuple[str, str], Section] = {}
    for document in archive.documents():
        titles = {work.number: work.title for work in document.works}
        for section in document.sections:
            # Items and articles count for themselves; a heading that only holds others is cited through them.
            if section.label and (section.kind in ("item", "article", "point") or _is_leaf(section.number, document)):
                name = shown_title(titles[section.work]) + section.label
                link = document_link(root, document.id, [(section.start, section.end)])
                known[document.id, titles[section.work] + section.label] = Section(name, link, 0)
    counts = Counter[tuple[str, str, str]]()
    for document_id, title, label, count in places:
        counts[document_id, title, label] += count
    used = []
    for (document_id, title, label), count in counts.most_common(SECTIONS):
        whole = document_link(root, document_id) if archive.document(document_id) else ""
        at = known.get((document_id, title + label), Section("", whole, 0))
        used.append(Section(shown_title(title) + label, at.link, count))
    met = {(document_id, title + label) for document_id, title, label in counts}
    return tuple(used), tuple(section for place, section in known.items() if place not in met)


def _is_leaf(number: int, document: Document) -> bool:
    return all(section.parent != number for section in document.sections)
