"""Sentences whose next word is to be guessed, and what it takes to find it: the game of the first chapter, and of the page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cloze:
    """The beginning of a sentence, the word that comes next, and what it takes to find it."""

    beginning: str
    word: str
    takes: str


CLOZES = (
    Cloze("De temps en temps, il haussait les", "épaules",
          "Une habitude de la langue : on ne hausse guère que cela. Nul besoin de comprendre, il suffit d’avoir beaucoup lu."),
    Cloze("L’enfant ne répondit rien, mais il leva les yeux au", "ciel",
          "Une tournure toute faite, et un peu de grammaire : après « au », il faut un nom masculin."),
    Cloze("Le vent soufflait si fort que la vieille femme ferma la", "porte",
          "Du bon sens : on ne ferme pas n’importe quoi quand il vente. « Fenêtre » ferait une aussi bonne phrase !"),
    Cloze("Il était une", "fois",
          "Avoir lu des contes. Un modèle nourri de romans l’ignore souvent : il ne sait que ce qu’il a lu."),
    Cloze("On mit le couvert, on coupa le pain et l’on versa le", "vin",
          "Une image de la scène : une table, un repas. Il faut se servir de « versa », et de tout ce qui précède."),
    Cloze("Colas avait perdu sa chèvre. Il la chercha jusqu’au soir, et dans le jardin du notaire il retrouva enfin sa", "chèvre",
          "De la mémoire : le mot est écrit quinze mots plus haut. Retenez ce point : c’est là que les réseaux se distinguent."),
)  # fmt: skip
