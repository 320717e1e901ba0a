"""Where data rests: buckets, tables, databases, queues, topics, log groups, search, images."""
