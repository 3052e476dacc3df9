"""Runs commands of the product one after the other in one process; fed by `manage.py shell`, never imported.

Each line on the standard input is a JSON list: a command and its arguments; or `["python", code]`. Each answer is one
JSON line `{"out", "err", "code"}`. What the product itself prints otherwise goes to the standard error.
"""

import io
import json
import sys
import traceback

from django.core.management import call_command
from django.db import connections

answers, sys.stdout = sys.stdout, sys.stderr
answers.write("ready\n")
answers.flush()
for line in sys.stdin:
    name, *arguments = json.loads(line)
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        connections.close_all()
        if name == "python":
            exec(arguments[0], {"out": out})
        else:
            call_command(name, *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except Exception:
        err.write(traceback.format_exc())
        code = 70
    connections.close_all()
    answers.write(json.dumps({"out": out.getvalue(), "err": err.getvalue()[-4000:], "code": code}) + "\n")
    answers.flush()
