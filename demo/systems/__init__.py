"""The demo operators' own systems: customers, what they did, and the databases and files that hold it."""
