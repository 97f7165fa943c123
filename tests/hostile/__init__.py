"""Hostile and broken files of our own, each beside the end it must come to. Nothing of it is stored: it is written when it is used."""
