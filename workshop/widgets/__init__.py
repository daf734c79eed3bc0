"""What attendees move and press: small panels of ipywidgets, each with a picture and a sentence that stand without a browser."""
