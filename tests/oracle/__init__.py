"""The access engine beside another evaluation of policies: cases, the other's answers, and the comparison."""
