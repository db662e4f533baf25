"""The pages a data subject sees: asking, proving, following and fetching. They call stages and decide nothing."""
