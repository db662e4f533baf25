"""The desk's figures: counted from the cases by the clock, read by pages that count nothing."""
