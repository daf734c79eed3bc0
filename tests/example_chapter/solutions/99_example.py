# %% [raw] tags=["front"]
# title = "Un exemple"
# minutes = 9
# step = ["phrases", "tokens"]
# goals = ["former des paires de mots", "choisir un réglage"]

# %% [markdown] slideshow={"slide_type": "slide"}
# <!-- exercise: 99.1 -->
# Un mot annonce le suivant. À vous :

# %%
from itertools import pairwise  # noqa: F401 (the code that is copied below needs it)

from example_exercises import EXERCISES

from workshop.exercises import answer, exercise
from workshop.exercises.core import register

register(EXERCISES)  # the real chapters are found by themselves, in workshop/exercises/chNN.py


# %% tags=["exercise"]
@exercise("99.1")
def pairs(words): ...


# %% tags=["nbval-check-output"]
words = pairs(["le", "petit", "âne", "gris"])
print(words)

# %% [markdown] tags=["solution"]
# Ce commentaire donnerait la réponse.

# %% tags=["exercise"]
température = 0  # un caractère accentué, pour les décalages en octets
température = answer("99.3", température)


# %% tags=["exercise"]
@exercise("99.2")
def mean_length(words): ...


# %% [markdown]
# Voilà tout.
