"""Reading live accounts: declared calls, the recording reader, captures, the ledger and the fan-out. No cloud's SDK."""
