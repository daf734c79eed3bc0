"""The network in one HTML file: its ``weights`` made small, and the page that ``build`` puts together around them.

Nothing of Python runs in it: ``gpt2.js`` is the whole inference, written to be read.
"""
