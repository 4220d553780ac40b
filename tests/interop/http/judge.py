"""Judges the HTTP interface of a running network: description, real answers, metrics, CORS, and the clients of docs/http.md."""
import json, os, pathlib, signal, subprocess, sys, tempfile, time, urllib.error, urllib.request
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from owner_requests import signed_headers, signing_key

HERE = pathlib.Path(__file__).parent
ORIGIN, PORT = "https://research.example", 29600
OWNER, DATASET, PASSPHRASE = "HOSPITAL-A", "records", "correct horse battery"
PEOPLES_WORDS = {"message", "hint", "comment"}  # the only values that may be sentences
COMMENT = "for my laptop"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Network:
    """A network of four nodes that is stopped at the end."""

    def __init__(self, medshare, folder):
        self.medshare, self.home, self.url = medshare, folder / "net", f"http://127.0.0.1:{PORT + 2}"
        self.env = {**os.environ, "MEDSHARE_GENESIS": str(self.home / "genesis.toml"), "MEDSHARE_NODE": self.url}

    def __enter__(self):
        attribute = ["--authority", "UNIVERSITY", "--policy", "RESEARCHER@UNIVERSITY"]
        self.run("network", "create", self.home, "--base-port", PORT, "--dataset", DATASET, "--patients", 40, *attribute)
        with open(self.home / "nodes" / OWNER / "config.toml", "a") as config:
            config.write(f'\n[http]\ncors_origins = ["{ORIGIN}"]\n')
        try:
            self.run("network", "start", self.home)
        except BaseException:
            self.__exit__()  # what does not answer in time goes on
            raise
        return self

    def __exit__(self, *_):
        self.run("network", "stop", self.home)

    def run(self, *args, fails=False):
        """The JSON that a command prints; of its error, where it must fail."""
        done = subprocess.run([self.medshare, *map(str, args), "--json"], env=self.env, capture_output=True, text=True)
        assert (done.returncode != 0) == fails, f"{args}: {done.stdout}{done.stderr}"
        return json.loads(done.stderr if fails else done.stdout)

    def owner_key(self, name=OWNER):
        return next(self.home.glob(f"keys/**/{name}.key"))


class Judge:
    """Judges answers by the description."""

    def __init__(self, description):
        self.described, self.judged, self.operations = description, 0, {}
        for path, item in description["paths"].items():
            for method, operation in item.items():
                self.operations[method.upper(), path] = operation

    def schema(self, schema, value, what):
        errors = list(Draft202012Validator({**schema, "components": self.described["components"]}).iter_errors(value))
        assert not errors, f"{what}: {errors[0].message} in {json.dumps(value)[:400]}"

    def response(self, operation, status):
        response = operation["responses"].get(str(status))
        assert response is not None, f"{operation['operationId']} answers {status}, which is not described"
        name = response.get("$ref", "").rsplit("/", 1)[-1]
        return self.described["components"]["responses"][name] if name else response

    def examples(self):
        count = 0
        for operation in self.operations.values():
            for status in operation["responses"]:
                for kind, content in self.response(operation, status).get("content", {}).items():
                    if kind == "application/json":
                        self.schema(content["schema"], content["example"], f"example of {operation['operationId']} {status}")
                        count += 1
        return count

    def ask(self, url, template, method="GET", status=200, body=None, headers=None, **values):
        """Asks, and judges the answer by what is described; returns its JSON, or its bytes."""
        operation, path = self.operations[method, template], template
        for name in [name for name in values if "{" + name + "}" in path]:
            path = path.replace("{" + name + "}", values.pop(name))
        query = "&".join(f"{name}={value}" for name, value in values.items())
        target = url + path + ("?" + query if query else "")
        headers = headers(target) if callable(headers) else headers or {}
        request = urllib.request.Request(target, method=method, data=body, headers=headers)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as refused:
            answer = refused
        what, data = f"{method} {target}", answer.read()
        assert answer.status == status, f"{what}: {answer.status} instead of {status}: {data[:400]}"
        described = self.response(operation, status)
        kind = answer.headers["content-type"].split(";")[0]
        assert kind in described["content"], f"{what}: {kind} is not described"
        for header in described.get("headers", {}):
            assert header in answer.headers, f"{what}: the header {header} is missing"
        self.judged += 1
        if kind != "application/json":
            return data
        value = json.loads(data)
        self.schema(described["content"][kind]["schema"], value, what)
        if template != "/v1/openapi.json":
            no_sentences(value, what)
        return value


def no_sentences(value, what, name=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            no_sentences(inner, what, name)
    elif isinstance(value, list):
        for inner in value:
            no_sentences(inner, what, name)
    elif isinstance(value, str):
        assert name in PEOPLES_WORDS or " " not in value, f"{what}: {name} is a sentence: {value!r}"


def step(text, since=[time.monotonic()]):
    print(f"  {time.monotonic() - since[0]:5.1f} s  {text}", flush=True)


def client(name, *args):
    done = subprocess.run([sys.executable, HERE / name, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    return done.stdout


def researcher(network, desk):
    """A registered requestor whose key file is encrypted; its path and her RID."""
    key, card, phrase = desk / "alice.key", desk / "alice.card", desk / "phrase"
    phrase.write_text(PASSPHRASE + "\n")
    secret = ["--passphrase-file", phrase]
    rid = network.run("key", "create", "--kind", "requestor", "--out", key, *secret)["id"]
    network.run("key", "card", "--key", key, "--organisation", OWNER, "--role", "researcher", "--out", card, *secret)
    network.run("owner", "register", "--requestor", card, "--key", network.owner_key())
    attribute = ["--attribute", "RESEARCHER@UNIVERSITY", "--to", rid]
    network.run("authority", "issue", "--key", network.owner_key("UNIVERSITY"), *attribute)
    return key, rid


def asked_and_delivered(network, judge, desk):
    """The clients of the page ask for data and see it; every answer about it is judged."""
    url = network.url
    key, rid = researcher(network, desk)
    oid = network.run("key", "show", network.owner_key())["id"]
    for _ in range(3):
        request, state, _ = client("submit_request.py", key, url, oid, DATASET, 0, 0, PASSPHRASE).split()
        assert state == "delivered", f"the client's request is {state}"
    listed = client("owner_requests.py", network.owner_key(), url).splitlines()
    assert len(listed) == 3 and all(rid in line for line in listed), listed
    step("the clients of docs/http.md asked for data, and listed who asked")

    status = judge.ask(url, "/v1/requests/{request}", request=request, wait_ms=0)
    own = signing_key(key, PASSPHRASE)
    sign = lambda target: signed_headers(own, "GET", target)
    package = judge.ask(url, "/v1/requests/{request}/package", headers=sign, request=request, owner=oid)
    judge.ask(url, "/v1/requests/{request}/package", status=401, request=request, owner=oid)
    assert len(package) > 1000, len(package)
    judge.ask(url, "/v1/identities/{requestor}", requestor=rid)
    judge.ask(url, "/v1/identities/{requestor}/proof", requestor=rid)
    judge.ask(url, "/v1/identities/{requestor}/proof", requestor="0" * 32)
    judge.ask(url, "/v1/attribute-keys/{attribute}", attribute="RESEARCHER%40UNIVERSITY")
    judge.ask(url, "/v1/grants/{requestor}/{attribute}/proof", requestor=rid, attribute="RESEARCHER%40UNIVERSITY")
    judge.ask(url, "/v1/permissions/{block}", block=status["block"])
    judge.ask(url, "/v1/permissions/{block}/proof", block=status["block"])
    judge.ask(url, "/v1/requests/{request}/proof", request=request)
    judge.ask(url, "/v1/owner/decisions/{block}", block=status["block"])
    judge.ask(url, "/v1/audit/bundles/{requestor}", requestor=rid)
    (desk / "x.package").write_bytes(package)
    opened = network.run("package", "open", desk / "x.package", "--key", key, "--passphrase-file", desk / "phrase")
    judge.ask(url, "/v1/leases/{block}/{lease}", block=status["block"], lease=opened["lease"])
    judge.ask(url, "/v1/leases/{block}/{lease}/proof", block=status["block"], lease=opened["lease"])
    return request, rid, status["block"]


def violated(network, desk):
    """She copies what she may not, and says why."""
    secret = ["--key", desk / "alice.key", "--passphrase-file", desk / "phrase"]
    copy = ["package", "copy", desk / "x.package", "Patient.ndjson", "--to", desk / "copy", "--comment", COMMENT, "--yes"]
    assert network.run(*copy, *secret, fails=True)["error"]["code"] == "violation"


def pages(network, judge, rid, block):
    """Every list, item by item, is the list."""
    owner = signing_key(network.owner_key())
    sign = lambda target: signed_headers(owner, "GET", target)
    lists = [
        ("/v1/owner/requests", "items", 3, sign, {}),
        ("/v1/owner/asked", "items", 3, sign, {}),
        ("/v1/owner/violations", "items", 1, sign, {}),
        ("/v1/audit/requests/{requestor}", "items", 3, None, {"requestor": rid}),
        ("/v1/audit/threads/{requestor}", "blocks", 3, None, {"requestor": rid}),
        ("/v1/audit/blocks/{block}", "side_blocks", 3, None, {"block": block}),
    ]
    for path, field, count, headers, of in lists:
        whole = judge.ask(network.url, path, headers=headers, **of)
        assert (len(whole[field]), whole["next"]) == (count, None), f"{path}: {whole}"
        found, cursor = [], {}
        while cursor is not None:
            page = judge.ask(network.url, path, headers=headers, limit=1, **cursor, **of)
            found += page[field]
            cursor = page["next"] and {"cursor": page["next"]}
        assert found == whole[field], path
        for wrong in ({"limit": 0}, {"limit": 1001}, {"limit": "many"}, {"cursor": "00"}, {"cursor": "0" * 32}, {"curser": 1}):
            judge.ask(network.url, path, status=400, headers=headers, **wrong, **of)
    [copied] = judge.ask(network.url, "/v1/owner/violations", headers=sign)["items"]
    assert (copied["statement"], copied["comment"]) == ("data-copied", COMMENT), copied
    unsigned_cursor = signed_headers(owner, "GET", network.url + "/v1/owner/requests?limit=1")
    judge.ask(network.url, "/v1/owner/requests", status=401, headers=unsigned_cursor, limit=2)


def refusals(network, judge):
    """What is wrong is told in the one shape, by nodes and by commands."""
    url, none = network.url, "0" * 64
    for path in ("/v1/requests", "/v1/entries", "/v1/openings", "/v1/reports", "/v1/proxy-keys"):
        judge.ask(url, path, method="POST", status=400, body=b"nonsense")
        # A refusal of so much may close the connection before all is sent; then there is no answer to judge.
        try:
            judge.ask(url, path, method="POST", status=413, body=bytes(5 << 20))
        except (ConnectionError, urllib.error.URLError):
            pass
    judge.ask(url, "/v1/entries/{hash}", status=404, hash=none)
    judge.ask(url, "/v1/entries/{hash}", status=400, hash="00")
    judge.ask(url, "/v1/requests/{request}", status=404, request=none)
    judge.ask(url, "/v1/audit/blocks/{block}", status=404, block=none)
    judge.ask(url, "/v1/owner/violations", status=401)
    elsewhere = signing_key(network.owner_key("HOSPITAL-B"))
    judge.ask(url, "/v1/owner/requests", status=409, headers=lambda target: signed_headers(elsewhere, "GET", target))
    shape = {"$ref": "#/components/schemas/ErrorAnswer"}
    for path, method, status in (("/v1/nothing", "GET", 404), ("/v1/status", "DELETE", 405), ("/v1/openings", "GET", 405)):
        try:
            urllib.request.urlopen(urllib.request.Request(url + path, method=method))
            raise AssertionError(f"{method} {path} is answered")
        except urllib.error.HTTPError as refused:
            assert refused.status == status and (status != 405 or refused.headers["allow"]), f"{method} {path}"
            judge.schema(shape, json.load(refused), f"{method} {path}")
    for command in (["request", "status", none], ["audit", "block", none], ["key", "show", "/nowhere"], ["request"]):
        error = network.run(*command, fails=True)
        judge.schema(shape, error, f"medshare {command}")
        no_sentences(error, f"medshare {command}")


def metrics(network):
    answer = urllib.request.urlopen(network.url + "/metrics")
    assert answer.headers["content-type"] == OPEN_METRICS, answer.headers["content-type"]
    families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    own = {name: family.type for name, family in families.items() if name.startswith("medshare_")}
    clock = ("clock_ahead_seconds", "clock_behind_batch_seconds")
    levels = ("height", "waiting_entries", "connected_peers", "proxy_keys", *clock)
    gauges = {f"medshare_{name}": "gauge" for name in levels}
    counters = ("packages_delivered", "packages_opened", "violations", "requests_refused")
    assert own == {**gauges, **{f"medshare_{name}": "counter" for name in counters}}, own
    [delivered] = families["medshare_packages_delivered"].samples
    assert (delivered.name, delivered.value) == ("medshare_packages_delivered_total", 3), delivered
    assert any(name.startswith("malachitebft_") for name in families), "the engine's metrics are missing"
    return len(families)


def cors(network):
    def ask(method, origin):
        wish = {"Origin": origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "signature"}
        request = urllib.request.Request(network.url + "/v1/owner/requests", method=method, headers=wish)
        try:
            return urllib.request.urlopen(request)
        except urllib.error.HTTPError as refused:
            return refused

    preflight = ask("OPTIONS", ORIGIN)
    assert preflight.status == 204 and "signature" in preflight.headers["access-control-allow-headers"]
    for answer in (preflight, ask("GET", ORIGIN)):
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in answer.headers
    for method in ("OPTIONS", "GET"):
        assert "access-control-allow-origin" not in ask(method, "https://evil.example").headers


def schemathesis(network, desk):
    """Requests made from the description, good ones and bad ones: no answer may be other than described."""
    checks = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance"]
    checks += ["response_schema_conformance", "unsupported_method"]
    # Long polls are asked not to wait: what is made up here never comes.
    (desk / "schemathesis.toml").write_text('[parameters]\n"query.wait_ms" = 0\n')
    report = desk / "schemathesis.json"
    command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", network.url + "/v1/openapi.json"]
    command += ["--phases", "examples,coverage", "--checks", ",".join(checks), "--seed", "1", "--no-color", "--workers", "4"]
    command += ["--request-timeout", "45", "--max-redirects", "0", "--continue-on-failure", "--report-json-path", report]
    done = subprocess.run(command, cwd=desk, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found = json.loads(report.read_text())
    assert found["complete"] and found["operations"]["tested"] == found["operations"]["total"], found["operations"]
    assert not found["failures"] and not found["errors"], found
    return found["test_cases"]["generated"]


def main(medshare):
    with tempfile.TemporaryDirectory(prefix="medshare-http-") as folder:
        desk = pathlib.Path(folder)
        with Network(medshare, desk) as network:
            step("a network runs")
            description = json.load(urllib.request.urlopen(network.url + "/v1/openapi.json"))
            OpenAPIV31SpecValidator(description).validate()
            judge = Judge(description)
            count = judge.examples()
            step(f"the description is OpenAPI 3.1, with {len(judge.operations)} operations and {count} examples that fit")
            for path in ("/v1/health/live", "/v1/health/ready", "/v1/status", "/v1/genesis", "/v1/openapi.json", "/metrics"):
                judge.ask(network.url, path)
            request, rid, block = asked_and_delivered(network, judge, desk)
            violated(network, desk)
            pages(network, judge, rid, block)
            step("lists come in pages")
            refusals(network, judge)
            step(f"{judge.judged} answers are as described, their values no sentences")
            step(f"{metrics(network)} families of metrics are OpenMetrics")
            cors(network)
            step("pages of the named origin may ask, and no others")
            step(f"schemathesis found nothing wrong in {schemathesis(network, desk)} more")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the network is stopped
    main(sys.argv[1])
