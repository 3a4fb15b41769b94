"""The report's page."""

from starlette.responses import Response

from tenshu.web.console.report_view import report_view
from tenshu.web.console.visit import Visit


def show(visit: Visit) -> Response:
    """Say of every outreach whether it helped."""
    return visit.page("report.html", view=report_view(visit.request.app.state.report()))
