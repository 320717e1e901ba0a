"""What a run leaves behind for others to check: canonical, with digests, chained to the run before."""
