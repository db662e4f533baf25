"""The pages a data subject sees: asking, proving, following. They call stages and decide nothing."""
