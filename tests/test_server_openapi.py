"""The description of the API is true: every address, every answer; nothing that it allows or forbids breaks the server."""

import re

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.server_client import application, events
from workshop.server.config import Limits
from workshop.server.description import description

APP = application()
CLIENT = APP.test_client()
SAID = description(APP.config["WORKSHOP"].limits)
OURS = ("/api/", "/v1/")


def schema(name: str) -> dict:
    return {"$ref": f"#/components/schemas/{name}", "components": SAID["components"]}


def test_every_address_and_method_is_described_and_conversely():
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in APP.url_map.iter_rules()
        if rule.rule.startswith(OURS)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    said = {(path, method) for path, methods in SAID["paths"].items() for method in methods}
    assert said == there


def test_the_description_is_served_with_the_limits_of_this_server():
    assert CLIENT.get("/api/openapi.json").json == SAID
    few = application(limits=Limits(tokens=12, prompt=34)).test_client().get("/api/openapi.json").json
    generation = few["components"]["schemas"]["Generation"]["properties"]
    assert generation["max_new_tokens"]["maximum"] == 12 and generation["prompt"]["maxLength"] == 34


def test_the_description_is_openapi():
    for name, one in SAID["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(one)
        assert name in str(SAID["paths"]) or name == "Model"
    references = re.findall(r"'#/components/schemas/(\w+)'", str(SAID))
    assert set(references) == set(SAID["components"]["schemas"])
    names = [operation["operationId"] for methods in SAID["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/api/generate", {"prompt": "Il", "language": "en"}),
        ("get", "/api/models", None),
        ("post", "/v1/completions", {"prompt": ["Il", "Elle"], "max_tokens": 2, "n": 2}),
        ("get", "/v1/models", None),
        ("get", "/v1/models/{name}", None),
    ],
)
def test_answers_are_what_is_said(method, path, body):
    answer = CLIENT.open(path.format(name="base"), method=method, json=body)
    said = SAID["paths"][path][method]["responses"]["200"]["content"][answer.mimetype]["schema"]
    jsonschema.validate(answer.json, said | {"components": SAID["components"]})


@pytest.mark.parametrize("body", [{}, {"prompt": "Il", "seed": -1, "foo": 1}, [], {"prompt": "Il", "model": "none"}])
@pytest.mark.parametrize("path", ["/api/generate", "/api/generate/stream", "/v1/completions"])
def test_errors_are_what_is_said(path, body):
    answer = CLIENT.post(path, json=body)
    said = SAID["paths"][path]["post"]["responses"][str(answer.status_code)]["content"][answer.mimetype]["schema"]
    jsonschema.validate(answer.json, said | {"components": SAID["components"]})
    assert answer.status_code in (400, 404)


def test_the_end_of_a_stream_is_the_answer_in_one_piece_without_its_text():
    told = events(CLIENT.post("/api/generate/stream", json={"prompt": "Il"}).text)
    whole = schema("Text")
    jsonschema.validate({"text": "".join(data["text"] for name, data in told if name == "token")} | told[-1][1], whole)


# ---------------------------------------------------------------- what a machine thinks of

fuzzed = schemathesis.openapi.from_wsgi("/api/openapi.json", APP)


@fuzzed.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_the_description_allows_or_forbids_breaks_the_server(case):
    """Every answer has a status, a type and a form that the description knows; none is a 500."""
    total = [
        schemathesis.checks.CHECKS.get_one("positive_data_acceptance")
    ]  # the tokens of all texts together: no schema says it
    case.call_and_validate(excluded_checks=total if case.path == "/v1/completions" else [])


def test_a_text_with_something_to_read_is_the_same_thing_to_the_description_and_to_the_server():
    from workshop.server.description import READABLE
    from workshop.sharing.requests import readable

    for code in (*range(0x300), 0x1680, *range(0x2000, 0x2070), 0x3000, 0xFEFF):
        assert bool(re.search(READABLE, chr(code))) == readable(chr(code)), hex(code)
    assert not re.search(READABLE, "a\0") and re.search(READABLE, "\n a \n")
