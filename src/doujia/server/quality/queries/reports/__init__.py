"""What leads see of the work: a project's figures, a person's, the reviewers', and the errors themselves."""

from doujia.server.quality.queries.reports.figures import (
    BaseRow,
    ClassRow,
    DayRow,
    ErrorRow,
    PairRow,
    PersonRow,
    RuleRow,
    SliceRow,
)
from doujia.server.quality.queries.reports.gallery import FindingPage, FindingRow, gallery
from doujia.server.quality.queries.reports.overview import ProjectRow, overview
from doujia.server.quality.queries.reports.person import PersonReport, person
from doujia.server.quality.queries.reports.project import Report, report
from doujia.server.quality.queries.reports.reasons import Reason
from doujia.server.quality.queries.reports.reviewers import ReviewerReport, ReviewerRow, reviewers
from doujia.server.quality.queries.reports.tables import TABLES, Table, table

__all__ = [
    "TABLES", "BaseRow", "ClassRow", "DayRow", "ErrorRow", "FindingPage", "FindingRow", "PairRow", "PersonReport", "PersonRow", "ProjectRow", "Reason",
    "Report", "ReviewerReport", "ReviewerRow", "RuleRow", "SliceRow", "Table", "gallery", "overview", "person", "report", "reviewers", "table",
]  # fmt: skip
