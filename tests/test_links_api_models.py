"""APIs that call models of Bedrock themselves, with no code between."""

from __future__ import annotations

from pathlib import Path

from flows import flows, folder, reason
from scanner.model import Unknown
from test_links_models import MODEL, US

API = """
resource "aws_api_gateway_rest_api" "a" { name = "a" }
resource "aws_api_gateway_integration" "i" {
  rest_api_id             = aws_api_gateway_rest_api.a.id
  resource_id             = "r"
  http_method             = "POST"
  integration_http_method = "POST"
  type                    = "AWS"
  uri                     = "arn:aws:apigateway:us-east-1:bedrock-runtime:path/model/%s/invoke"
  request_parameters      = { %s }
}
"""
HEADER = """"integration.request.header.X-Amzn-Bedrock-GuardrailIdentifier" = "'abc'" """


def test_an_api_may_call_a_model_itself(tmp_path: Path) -> None:
    ways = ("us." + MODEL, ""), ("{model}", HEADER)
    plain, chosen = (
        flows(folder(tmp_path / str(i), API % way))["aws_api_gateway_rest_api.a -> ext:bedrock (invokes)"]
        for i, way in enumerate(ways)
    )
    assert (plain.models, plain.regions, plain.guards, plain.tier) == ((MODEL,), US, (), "declared")
    assert "depends on the request" in reason(chosen.models)
    assert (chosen.guards, isinstance(chosen.redacts, Unknown)) == (("guardrail",), True)
