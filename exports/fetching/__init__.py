"""How what was answered is fetched: in parts that can be taken up again, and with what anybody checks it by."""
