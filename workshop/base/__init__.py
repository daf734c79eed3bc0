"""What everything stands on: settings, errors, typography, and how results are kept."""
