"""The command line, one module for each group of commands. They import what is heavy when a command runs, so that
`deskhand --help` and `deskhand check` answer at once."""
