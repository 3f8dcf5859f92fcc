"""Types into an interactive shell as a user would, and prints the resulting command line.

Usage: shell.py PROGRAM [ARGUMENT...] <JSON

JSON: {"setup": [commands], "cases": [what is typed before the tab]}. Prints a JSON list: for each case the line
after the Tab key and the shell's output. The setup binds two keys: Ctrl-X p prints the line as LINE<...>END,
Ctrl-X q empties it and prints CLEAR.
"""
import json
import os
import pty
import re
import select
import sys
import time

PROMPT = "READY>"
DEADLINE_S = 20


class Shell:
    def __init__(self, argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = {k: os.environ[k] for k in ("PATH", "HOME") if k in os.environ}
            os.execvpe(argv[0], argv, {**env, "TERM": "dumb", "PS1": PROMPT, "LC_ALL": "C.UTF-8"})

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, pattern):
        """Reads the output up to a match."""
        text = ""
        end = time.monotonic() + DEADLINE_S
        while not re.search(pattern, text):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                sys.exit(f"the shell did not print {pattern!r} but {text!r}")
            text += os.read(self.fd, 65536).decode(errors="replace")
        return text

    def run(self, command):
        self.type(command + "; echo DO''NE\n")
        self.until(r"DONE\r?\n[^\n]*" + PROMPT)


def main():
    task = json.load(sys.stdin)
    shell = Shell(sys.argv[1:])
    shell.until(PROMPT)
    for command in task["setup"]:
        shell.run(command)
    answers = []
    for case in task["cases"]:
        # Tab, then the key that prints the line. Then the line is cleared.
        shell.type(case + "\t\x18p")
        shown = shell.until(r"LINE<[^\n]*>END")
        line = re.search(r"LINE<([^\n]*)>END", shown).group(1)
        shell.type("\x18q")
        shell.until("CLEAR")
        answers.append({"line": line, "shown": shown[: shown.index("LINE<")]})
    shell.type("\x15exit\n")
    print(json.dumps(answers))


main()
