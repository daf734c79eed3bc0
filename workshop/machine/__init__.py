"""The ways in, and the machine underneath: environment, doctor, Colab, a room with no network, a USB key."""
