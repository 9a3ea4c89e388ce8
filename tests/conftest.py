"""Settings of all tests."""

from hypothesis import settings

from autograd import is_compiled

settings.register_profile("untimed", deadline=None)  # a slow machine is no error
settings.load_profile("untimed")

BUILD = f"autograd runs {'compiled by Cython' if is_compiled() else 'as plain Python'}"


def pytest_report_header():
    return BUILD


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(BUILD)
