"""What a person does with a notebook in JupyterLab: open it, run all, type into a cell, read what appears."""

import time

ALL = "document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')"
RUNNING = f"[...{ALL}].filter(cell => /\\*/.test(cell.querySelector('.jp-InputPrompt')?.innerText || '')).length"
DONE = f"[...{ALL}].filter(cell => /[0-9]/.test(cell.querySelector('.jp-InputPrompt')?.innerText || '')).length"


class Notebook:
    """One notebook, open in a page of its own."""

    def __init__(self, browser, lab, name: str, theme: str = "JupyterLab Light", width: int = 1280):
        lab.use_theme(theme)
        self.page = browser.new_page(viewport={"width": width, "height": 900})
        self.page.set_default_timeout(60_000)
        self.page.goto(f"http://127.0.0.1:{lab.port}/lab/workspaces/{name}-{width}/tree/notebooks/{name}.ipynb?reset&token=test")
        self.page.locator(".jp-CodeCell").first.wait_for()
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for(
            state="attached",
            timeout=90_000,  # on a narrow page the toolbar has no room to show it
        )
        if self.page.locator(".jp-mod-leftCollapse, .jp-SideBar").count():
            self.page.keyboard.press("Control+b")  # the file list hides a third of the page

    def run_all(self, seconds: int = 600) -> None:
        """Run every cell and wait until the last one is done."""
        for _ in range(6):  # JupyterLab may lose a click while it is still putting itself together
            assert not (asked := self.page.locator(".jp-Dialog").all_inner_texts()), f"JupyterLab asks: {asked}"
            self.page.locator(".lm-MenuBar-itemLabel", has_text="Exécution").first.click()
            self.page.locator(".lm-Menu-itemLabel", has_text="Exécuter toutes les cellules").first.click()
            self.page.wait_for_timeout(5000)
            if self.page.evaluate(RUNNING) or self.page.evaluate(DONE):
                break
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.page.evaluate(RUNNING) == 0 and self.page.evaluate(DONE) > 0:
                time.sleep(1)
                if self.page.evaluate(RUNNING) == 0:
                    return
            time.sleep(0.5)
        raise AssertionError(f"still running after {seconds} s")

    def cell(self, containing: str):
        """Return the first code cell whose source contains some words."""
        cell = self.page.locator(".jp-CodeCell", has=self.page.locator(".jp-InputArea-editor", has_text=containing)).first
        cell.scroll_into_view_if_needed()
        return cell

    def type_and_run(self, containing: str, source: str):
        """Replace the source of a cell, as with the keyboard, and run it; return the cell."""
        cell = self.cell(containing)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        return cell

    def errors(self) -> list[str]:
        """Return the tracebacks that stand in the page."""
        return self.page.locator("[data-mime-type='application/vnd.jupyter.stderr'], .jp-mod-error").all_inner_texts()
