"""How gunicorn serves the application in its container."""

bind = "0.0.0.0:8080"
workers = 1  # one process: the models, the queues and the figures are in its memory
worker_class = "gthread"
threads = 40  # twelve for the pages, and one for each reader who has or waits for one of three models
timeout = 120  # a worker that does not answer at all is started again
graceful_timeout = 20
keepalive = 5
limit_request_line = 8190
accesslog = None  # who asked for what is nobody's business
errorlog = "-"
control_socket_disable = True  # nobody steers it from outside
