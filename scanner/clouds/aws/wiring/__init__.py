"""What settings of AWS resources make them use: keys, roles, secrets, stores and networks."""
