"""The forms of accounts, with what each field says when it is filled in wrongly."""

import unicodedata
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Form, HiddenField, PasswordField, StringField, ValidationError
from wtforms.validators import EqualTo, InputRequired, Length, Regexp

LETTERS = "0-9A-Za-zÀ-ÖØ-öø-ÿŒœ"
NAME = rf"^[{LETTERS}][{LETTERS}._-]{{1,29}}\Z"
SHORTEST, LONGEST = 10, 200


def composed(text: str | None) -> str:
    """Return a name as one writes it: no blanks around it, accents on their letters."""
    return unicodedata.normalize("NFC", (text or "").strip())


def key_of(name: str) -> str:
    """Return a name as it is compared: without capitals or accents, so that nobody can pass for somebody else."""
    parts = unicodedata.normalize("NFKD", composed(name)[:60].casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))[:60]


def _not_the_name(form: Form, field: Any) -> None:
    if key_of(field.data or "") == key_of(form["name"].data or ""):
        raise ValidationError("Le mot de passe ne peut pas être le nom\u00a0: choisissez-en un autre.")


def _new_password(label: str, *others: Any) -> PasswordField:
    said = f"Il faut au moins {SHORTEST}\u00a0caractères, par exemple quatre mots sans rapport."
    longest = f"C’est trop long\u00a0: {LONGEST}\u00a0caractères suffisent."
    checks = [InputRequired(said), Length(min=SHORTEST, message=said), Length(max=LONGEST, message=longest), *others]
    return PasswordField(label, checks)


class SignUp(FlaskForm):
    """A new account."""

    name = StringField(
        "Nom",
        [InputRequired("Choisissez un nom."), Regexp(NAME, message="De 2 à 30\u00a0lettres ou chiffres, sans espace.")],
        filters=[composed],
    )
    password = _new_password("Mot de passe", _not_the_name)
    again = PasswordField(
        "Le même mot de passe", [EqualTo("password", "Les deux mots de passe ne sont pas les mêmes\u00a0: tapez-les de nouveau.")]
    )
    draft = HiddenField()


class SignIn(FlaskForm):
    """A name and a password; anything may be typed, and is told the same when it does not fit."""

    name = StringField("Nom", filters=[composed])
    password = PasswordField("Mot de passe")
    next = HiddenField()
    draft = HiddenField()


class NewPassword(FlaskForm):
    """Another password for one's account."""

    current = PasswordField("Mot de passe actuel")
    password = _new_password("Nouveau mot de passe")
    again = PasswordField(
        "Le même nouveau mot de passe",
        [EqualTo("password", "Les deux mots de passe ne sont pas les mêmes\u00a0: tapez-les de nouveau.")],
    )


class Confirm(FlaskForm):
    """The password, before something that cannot be undone."""

    current = PasswordField("Mot de passe")
