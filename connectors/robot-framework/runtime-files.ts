/** What scripts of Robot Framework import from the runtime folder: the keywords, and the library behind them. */

const resource = `*** Settings ***
Documentation    Keywords for scripts that carry out provisioning orders.
...              Written anew by Lockstep whenever it differs; do not change it.
Library          \${CURDIR}/ProvisioningLibrary.py    \${ORDERPATH}    \${RESULTPATH}
`;

const library = String.raw`"""Keywords for scripts that carry out provisioning orders.

Written anew by Lockstep whenever it differs; do not change it.
"""

import csv
import json
import os
import sys

from robot.api.deco import keyword, library
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import escape

PASSWORDS = "OrderPasswords"
EXECUTORS = {"Added": "ExecuteAdd", "Modified": "ExecuteModify", "Deleted": "ExecuteDelete"}


@library(scope="GLOBAL", version="1")
class ProvisioningLibrary:
    def __init__(self, order_path, result_path):
        self._order_path = order_path
        self._result_path = result_path
        self._secure_data = None
        self._current = None
        self._has_try_failed = False

    @keyword("Launch Provisioning")
    def launch_provisioning(self):
        """Calls ExecuteAdd, ExecuteModify or ExecuteDelete with each order and notes what became of it."""
        self._write_result("AssignedResourceTypeId", "State", "Message")
        errors = 0
        for name in sorted(os.listdir(self._order_path)):
            if not name.endswith(".json"):
                continue
            with open(os.path.join(self._order_path, name), encoding="utf-8") as file:
                orders = json.load(file)["ProvisioningOrdersList"]
            for order in orders:
                errors += 0 if self._carry_out(order) else 1
        self._say(sys.__stdout__, "%d orders could not be carried out." % errors if errors else "All orders are carried out.")

    def _carry_out(self, order):
        identifier = str(order["AssignedResourceTypeId"])
        self._write_result(identifier, "Started", "")
        self._current = identifier
        # Scripts read these members whatever the order changes.
        order.setdefault("Changes", {})
        order.setdefault("Resource", {})
        executor = EXECUTORS.get(order.get("ChangeType"))
        if executor is None:
            status, message = "FAIL", "The change %s is not known." % order.get("ChangeType")
        else:
            status, message = BuiltIn().run_keyword_and_ignore_error(executor, order)
        self._current = None
        if status == "PASS":
            self._write_result(identifier, "Executed", "")
            return True
        self._say(sys.__stderr__, str(message))
        self._write_result(identifier, "Error", str(message))
        return False

    def _write_result(self, *cells):
        # On disk before the next order begins: a script that is ended keeps what it has done.
        with open(self._result_path, "a", encoding="utf-8", errors="replace", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
                [" ".join(cell.split()) for cell in cells]
            )

    @keyword("Get Secure Data")
    def get_secure_data(self, name, erase=False):
        """One option of the connection. With True it can be read once."""
        data = self._read_secure_data()
        if name == PASSWORDS or name not in data:
            raise AssertionError("The connection has no option %s." % name)
        value = data[name]
        if str(erase).strip().lower() in ("true", "1", "yes"):
            del data[name]
        return value

    @keyword("Generate Password")
    def generate_password(self):
        """The password that was made for the account of this order."""
        passwords = self._read_secure_data().get(PASSWORDS, {})
        entry = passwords.get(self._current or "")
        if entry is None:
            raise AssertionError("No password was made for this order: its resource type has no PasswordResetSettings.")
        return entry["Value"]

    @keyword("Send Password Notification")
    def send_password_notification(self):
        """Nothing is left to do: the notification goes out once the order is noted as carried out."""

    @keyword("Try Keyword")
    def try_keyword(self, name, *args):
        """Runs a keyword and goes on when it fails; Catch Keyword, right after it, runs only then."""
        status, value = BuiltIn().run_keyword_and_ignore_error(name, *self._literal(args))
        self._has_try_failed = status == "FAIL"
        if self._has_try_failed:
            self._say(sys.__stdout__, "Tried and failed: %s" % value)
            return None
        return value

    @keyword("Catch Keyword")
    def catch_keyword(self, name, *args):
        """Runs a keyword when the one tried before it failed."""
        if not self._has_try_failed:
            return None
        self._has_try_failed = False
        return BuiltIn().run_keyword(name, *self._literal(args))

    @keyword("Log Debug")
    def log_debug(self, message):
        """A line in the log of the task."""
        self._say(sys.__stdout__, str(message))

    @keyword("Log Error")
    def log_error(self, message):
        """A line among the errors in the log of the task. The order goes on."""
        self._say(sys.__stderr__, str(message))

    @staticmethod
    def _literal(args):
        # They hold values by now: what looks like a variable in one of them is text.
        return [escape(arg) if isinstance(arg, str) else arg for arg in args]

    def _read_secure_data(self):
        if self._secure_data is None:
            line = sys.__stdin__.readline() if sys.__stdin__ is not None else ""
            self._secure_data = json.loads(line) if line.strip() else {}
        return self._secure_data

    @staticmethod
    def _say(stream, text):
        if stream is not None:
            stream.write(" ".join(text.split()) + "\n")
            stream.flush()
`;

/** By name of the file: the same keywords under both names that scripts use. */
export const robotRuntime: Readonly<Record<string, string>> = {
  'ProvisioningLibrary.py': library,
  'UsercubeRobotFramework.resource': resource,
  'identitymanagerRobotFramework.resource': resource,
};
