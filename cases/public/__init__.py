"""Pages without sign-in: asking, proving, following, and the owner of a system handing over. They decide nothing."""
