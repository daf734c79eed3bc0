"""How gunicorn serves the application in its container."""

bind = "0.0.0.0:8080"
workers = 1  # one process: the models, the queues and the figures are in its memory
worker_class = "gthread"
threads = 24  # a reader who waits for a text keeps one
timeout = 120  # a worker that does not answer at all is started again
graceful_timeout = 20
keepalive = 5
limit_request_line = 8190
accesslog = None  # who asked for what is nobody's business
errorlog = "-"
control_socket_disable = True  # nobody steers it from outside
