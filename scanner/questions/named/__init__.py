"""The auditor's named questions over flows and access; each answers with rows, certain and possible ones apart."""
