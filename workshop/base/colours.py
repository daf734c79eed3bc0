"""The colours of figures and of widgets: ours, and five that colour-blind readers tell apart (Okabe and Ito, 2008)."""

from .identity import token

BLUE, ORANGE, GREEN, PINK, GOLD = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
#: Light enough for ink to be read on them.
SKY, SAND, MINT, MIST = "#CFE5F3", "#FBE3B5", "#CDEBE1", "#D9DDE1"
INK, FAINT, PAPER = token("ink"), token("faint"), token("paper")
