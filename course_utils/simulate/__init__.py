"""Simulated images with exact ground truth, one module a kind of image.

A generator takes a NumPy random generator, a count and named parameters. It returns the images and a dictionary
of what was drawn. The same seed and the same parameters give the same bits. Nothing here is a patient.
"""
