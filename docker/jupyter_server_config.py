"""JupyterLab in the container: reachable from outside it, with its token, quiet, and opened on the first chapter."""

from pathlib import Path

c = get_config()  # noqa: F821  (given by Jupyter)

c.ServerApp.ip = "0.0.0.0"  # of the container: who may come in is decided where its port is published
c.ServerApp.port = 8888
c.ServerApp.port_retries = 0  # another port would not be the published one
c.ServerApp.open_browser = False
c.JupyterApp.answer_yes = True  # Ctrl+C stops it, without a question
c.Application.log_level = "ERROR"  # the address that the attendee has to read stays in sight
c.KernelManager.transport = "ipc"  # files in the attendee's home: nothing of a kernel on any network, and no warning about it
c.ServerApp.jpserver_extensions = {"voila.server_extension": False}  # the playground's page has a server of its own

first = next(iter(sorted(Path("notebooks").glob("[0-9]*.ipynb"))), None)
if first:
    c.LabApp.default_url = f"/lab/tree/{first.as_posix()}"
