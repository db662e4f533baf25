"""The law: values in, values out, no framework and no I/O. Clock, holds, verdicts, decisions."""
