"""The clouds trustscan reads, one package each."""
