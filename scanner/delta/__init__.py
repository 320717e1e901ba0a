"""What a plan changes, for whom reviews it: two records compared, the state before and the one the plan leaves.

Below the reports, which write it. Every text has passed the run's redactor.
"""
