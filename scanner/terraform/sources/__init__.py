"""The files a plan is made from: out of a saved plan, or from a folder. They are read, and nothing of them is run."""
