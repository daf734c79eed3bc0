"""What the tests of the one-file page share: opening it, and waiting for its story."""

SHORT = "#debut=Le+meunier+ouvrit+la+porte.&longueur=24&graine=3"  # a story that is soon written


def opened(context, path, fragment=""):
    page = context.new_page()
    page.goto(path.as_uri() + fragment)
    page.locator("html[data-ready]").wait_for(state="attached")
    return page


def written(page):
    """Wait until the story is whole, and return it."""
    page.locator("#reading").wait_for()
    return page.locator("#story").text_content()
