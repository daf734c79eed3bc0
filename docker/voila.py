"""The page of the playground in the container: the address to open is printed by the entry point, and only that one."""

c = get_config()  # noqa: F821  (given by Jupyter)

c.Voila.log_level = "ERROR"  # Voilà would print the address that it has inside
c.KernelManager.transport = "ipc"  # as in JupyterLab (jupyter_server_config.py)
