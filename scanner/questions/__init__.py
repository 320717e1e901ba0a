"""What people ask of a world: who may do what, and by what chain; answers become facts that controls judge."""
