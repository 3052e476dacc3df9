"""What PostgreSQL calls the states in which it is not the question that is wrong."""

DISK_FULL, READ_ONLY = "53100", "25006"
# Its classes of SQLSTATE, and one state of a class
AWAY = ("08", "40", "53", "57", "58", READ_ONLY)
