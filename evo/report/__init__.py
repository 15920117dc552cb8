"""The report of a run: one page that works offline and shows what evolved and why.

`write_report` gathers plain data from the record and puts it into the page; what the page shows is
decided by files of its own, a section each. Nothing here runs code or markup found in a record.
"""

from evo.report.writing import write_report, write_report_if_possible

__all__ = ["write_report", "write_report_if_possible"]
