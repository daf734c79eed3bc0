"""What ``pyproject.toml`` cannot say: ``data/`` and ``app/`` travel inside the package, where nothing is copied by hand."""

from setuptools import find_packages, setup

INSIDE = {"workshop._data": "data", "workshop._app": "app"}

setup(packages=[*find_packages(include=["workshop", "workshop.*"]), *INSIDE], package_dir=INSIDE)
