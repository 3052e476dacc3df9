"""What PostgreSQL and its driver call the states in which it is not the question that is wrong."""

import psycopg
from django.db import InterfaceError, OperationalError

DISK_FULL, READ_ONLY = "53100", "25006"
# Its classes of SQLSTATE, and one state of a class
AWAY = ("08", "40", "53", "57", "58", READ_ONLY)
# Faults of the line and of the server. psycopg's own come through where rows that are streamed end with their server
LINE = (InterfaceError, psycopg.InterfaceError)
SERVER = (OperationalError, psycopg.OperationalError)
