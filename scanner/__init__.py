"""trustscan: checks a chatbot's cloud infrastructure against SOC 2, before apply and every night."""
