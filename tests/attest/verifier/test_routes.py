# SPDX-License-Identifier: Apache-2.0
"""Who may do what: each route × each role, and the table against openapi.yaml."""
import json
import subprocess

import pytest
import yaml

from fleet import ROOT, VERIFIER, Verifier

ROUTES = json.loads(subprocess.run([VERIFIER, "routes"], check=True, capture_output=True).stdout)
OPENAPI = yaml.safe_load((ROOT / "attest" / "verifier" / "openapi.yaml").read_text())
REFUSED = {401: {"ATT-802"}, 403: {"ATT-803"}}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """A verifier with two hosts and an auditor."""
    verifier = Verifier(tmp_path_factory.mktemp("fleet"))
    verifier.start()
    verifier.cli("user", "add", "--role", "auditor", "alice")
    hosts = [verifier.host("one").enroll(), verifier.host("two").enroll()]
    yield verifier, hosts
    verifier.stop()


def is_refused(status, answer):
    """By the table: not for the content of the request."""
    return isinstance(answer, dict) and answer.get("error", {}).get("code") in REFUSED.get(status, ())


def call_as(fleet, role, route):
    verifier, (host, other) = fleet
    path = route["path"].replace("{host}", host.id).replace("{release}", "none")
    who, folder = {"none": (None, None), "agent": ("agent", host.folder), "another agent": ("agent", other.folder),
                   "auditor": ("alice", None), "operator": ("operator", None)}[role]
    # A body that no handler accepts: nothing is changed by those who may.
    body = {"reason": 7, "group": "/", "asset": "/", "nothing": 1} if route["body_max"] else None
    if route["path"].endswith(("/approve", "/release", "/deprecate", "/revoke")):
        path = path.replace(host.id, "nobody")
    return verifier.call(route["method"], path, body, who, folder)


@pytest.mark.parametrize("role", ["none", "agent", "another agent", "auditor", "operator"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route['method']} {route['path']}")
def test_a_route_is_open_to_the_roles_of_its_row_and_to_nobody_else(fleet, route, role):
    status, answer = call_as(fleet, role, route)
    allowed = set(route["roles"])
    expected = role in allowed
    if role == "another agent":
        expected = {"none", "agent"} <= allowed
    if role == "agent" and "none" not in allowed and "{host}" not in route["path"]:
        expected = False
    assert is_refused(status, answer) != expected, (status, answer)


@pytest.mark.parametrize("words, status, said", [
    (["--help"], 0, "hosts approve"), ([], 2, "hosts approve"), (["frobnicate", "x"], 2, "there is no command 'frobnicate'\n"),
    (["hosts", "frobnicate"], 2, "there is no command 'hosts frobnicate'\n"), (["hosts"], 2, "there is no command 'hosts'\n")])
def test_commands_of_two_words_are_found_and_listed(words, status, said):
    done = subprocess.run([VERIFIER, *words], capture_output=True, text=True, check=False)
    assert done.returncode == status and said in (done.stdout if status == 0 else done.stderr)


def test_only_an_agent_attests_and_only_an_operator_changes_anything():
    for route in ROUTES:
        if route["path"].startswith("/v1/enroll") or route["path"] in ("/v1/health", "/v1/key"):
            assert "none" in route["roles"]
        elif route["path"].endswith(("/challenges", "/evidence")):
            assert route["roles"] == ["agent"]
        elif route["method"] == "GET":
            assert route["roles"] == ["auditor", "operator"]
        else:
            assert route["roles"] == ["operator"]


def test_what_is_not_in_the_table_does_not_exist(fleet):
    verifier, (host, _) = fleet
    for path in ("/", "/v1", "/v1/hosts/", f"/v1/hosts/{host.id}/", "/v1/hosts/a/b/c", "/v1/../v1/hosts", "/metrics/x",
                 "/v1/hosts/%2e%2e", "/v1/hosts/" + "a" * 200):
        assert verifier.call("GET", path)[0] == 404, path
    assert verifier.call("DELETE", f"/v1/hosts/{host.id}")[0] == 405
    assert verifier.call("PUT", "/v1/enroll")[1]["error"]["code"] == "ATT-801"


def test_a_certificate_of_another_authority_opens_nothing(fleet, tmp_path):
    verifier, _ = fleet
    other = Verifier(tmp_path)
    status, answer = verifier.call("GET", "/v1/health", who="operator", folder=other.data)
    assert (status, answer["error"]["code"]) == (403, "ATT-809")


def test_a_revoked_user_is_out_at_once(fleet):
    verifier, _ = fleet
    verifier.cli("user", "add", "--role", "operator", "bob")
    assert verifier.call("GET", "/v1/hosts", who="bob")[0] == 200
    with verifier.connection("bob") as connection:
        connection.request("GET", "/v1/hosts")
        connection.getresponse().read()
        verifier.cli("user", "revoke", "bob")
        connection.request("GET", "/v1/hosts")
        assert connection.getresponse().status == 403
    assert ("user revoke", "bob") in verifier.audit()


def test_a_retired_host_is_out_at_once(fleet):
    verifier, _ = fleet
    host = verifier.host("three").enroll()
    verifier.cli("hosts", "retire", "three", "--reason", "sold")
    assert host.step("attest")[1]["error"]["code"] == "ATT-804"


def test_table_and_openapi_say_the_same():
    documented = {(method.upper(), path): operation for path, item in OPENAPI["paths"].items()
                  for method, operation in item.items() if method in ("get", "post", "put", "delete")}
    assert set(documented) == {(route["method"], route["path"]) for route in ROUTES}
    for route in ROUTES:
        operation = documented[route["method"], route["path"]]
        assert operation["x-roles"] == route["roles"], route["path"]
        assert operation["summary"] == route["summary"], route["path"]
        assert operation.get("x-body-max", 0) == route["body_max"], route["path"]
        assert operation.get("x-values-max", 0) == route["values_max"], route["path"]
        assert ("requestBody" in operation) == (route["body_max"] > 0), route["path"]


def test_every_reference_of_the_openapi_file_leads_somewhere():
    def references(node):
        if isinstance(node, dict):
            for key, value in node.items():
                yield from [value] if key == "$ref" else references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(OPENAPI):
        node = OPENAPI
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
