"""An e-mail to the administrator when something breaks: one for each kind in ten minutes, and never in the way of a request."""

import logging
import smtplib
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate
from logging.handlers import QueueHandler, QueueListener, SMTPHandler
from queue import Queue
from threading import Lock

from .config import Mail
from .incidents import Incident

#: Seconds in which an error of one kind (a route and a type of exception) is told once.
SILENCE = 600.0

#: Seconds that a mail server has to answer.
PATIENCE = 10.0

logger = logging.getLogger(__name__)


class _Sender(SMTPHandler):
    """Sends each record as an e-mail; encrypted before anything is said if that is asked for, the certificate verified."""

    def __init__(self, mail: Mail):
        super().__init__((mail.host, mail.port), mail.sender, [mail.to], "", timeout=PATIENCE)
        self.mail = mail

    def emit(self, record: logging.LogRecord) -> None:
        """Send it, or say in one line of the log why not."""
        try:
            message = EmailMessage()
            message["Subject"], message["Date"] = record.__dict__["subject"], formatdate()
            message["From"], message["To"] = self.mail.sender, self.mail.to
            message.set_content(record.getMessage())
            with smtplib.SMTP(self.mail.host, self.mail.port, timeout=PATIENCE) as server:
                if self.mail.tls:
                    server.starttls(context=ssl.create_default_context())
                if self.mail.user:
                    server.login(self.mail.user, self.mail.password)
                server.send_message(message)
        except Exception as error:  # of whatever kind (a password with accents, « prof@ »): it would end the thread, unseen
            logger.warning("The e-mail of an error could not be sent: %s", type(error).__name__)


class Mailer:
    """Tells the administrator, from a thread of its own."""

    def __init__(self, mail: Mail, clock: Callable[[], float] = time.monotonic):
        """Start the thread that sends."""
        self._clock, self._lock = clock, Lock()
        self._told: dict[tuple[str, str], float] = {}  # when, by kind: there are as many as routes and types of exceptions
        self._silenced: dict[tuple[str, str], int] = {}
        waiting: Queue[logging.LogRecord] = Queue()  # one of each kind at most
        self._handler = QueueHandler(waiting)
        self._listener = QueueListener(waiting, _Sender(mail))
        self._listener.start()

    def tell(self, incident: Incident) -> None:
        """Have an e-mail sent, unless one of the same kind was in the last ten minutes."""
        kind = (incident.route, incident.kind)
        with self._lock:
            moment = self._clock()
            if kind in self._told and moment - self._told[kind] < SILENCE:
                self._silenced[kind] = self._silenced.get(kind, 0) + 1
                return
            self._told[kind] = moment
            before = self._silenced.pop(kind, 0)
        record = logging.LogRecord(__name__, logging.ERROR, "", 0, letter(incident, before), None, None)
        record.subject = f"[Histoires] {incident.method} {incident.route}\u00a0: {incident.kind}"
        self._handler.handle(record)

    def stop(self) -> None:
        """Send what waits, then end the thread."""
        self._listener.stop()


def letter(incident: Incident, before: int) -> str:
    """Return what the e-mail says; ``before``: how many of this kind were kept silent since the last one."""
    lines = [
        "Le serveur d’histoires a rencontré une erreur qu’il n’avait pas prévue.",
        "",
        f"Quand\u00a0: {incident.when:%Y-%m-%d %H:%M:%S} (UTC)",
        f"Adresse\u00a0: {incident.method} {incident.route}",
        f"Erreur\u00a0: {incident.kind}",
        *([f"Depuis le dernier message, la même s’est produite {before} fois de plus."] if before else []),
        "",
        "Dans le code, en remontant\u00a0:",
        *(f"  {place}" for place in incident.places),
        "",
        f"Les suivantes du même genre seront tues pendant {SILENCE / 60:.0f} minutes. "
        "Rien de ce que les lecteurs ont écrit n’est dans ce message.",
    ]
    return "\n".join(lines)
