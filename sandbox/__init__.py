"""A chat workspace on this machine: the platforms' own wire protocols, a page in the browser, and a clock that moves.

It knows nothing of the program that connects to it; that program is pointed here by its API address alone.
"""
