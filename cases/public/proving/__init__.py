"""Where the person shows who they are: the mailed code, and electronic identity."""
