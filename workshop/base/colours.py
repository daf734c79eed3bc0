"""The colours of the workshop: those of figures and of widgets, which colour-blind readers tell apart (Okabe and Ito, 2008)."""

BLUE, ORANGE, GREEN, PINK, GOLD = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
INK, FAINT, PAPER = "#1F2933", "#5F6B76", "#FBFAF6"
