"""Each failure is told when it happens: a long run that is ended early still says what it has found."""

from __future__ import annotations

import pytest

TOLD = 1500
"""Characters of a failure's end that are shown at once; all of it stands in the summary."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Workers have no terminal: what they found is told by the one that started them.
    if (terminal := config.pluginmanager.get_plugin("terminalreporter")) is not None:
        config.pluginmanager.register(_ToldAtOnce(terminal), "told_at_once")


class _ToldAtOnce:
    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self._terminal = terminal

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._terminal.write_line(f"\n{report.nodeid} ({report.when}) failed:\n{report.longreprtext[-TOLD:]}")
