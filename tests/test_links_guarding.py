"""What an entry point asks of every request stands on every way into it; and which listener a distribution asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import flows, folder, reason, told
from scanner.model import Unknown

SITE, FRONT, FUNCTION = "aws_cloudfront_distribution.site", "aws_lb.front", "aws_lambda_function.f"
TO_FRONT = f"{SITE} -> {FRONT} (sends_to)"

CDN = """
resource "aws_cloudfront_distribution" "site" {
  enabled = true
  origin {
    origin_id   = "o"
    domain_name = %s
    %s
  }
  default_cache_behavior {
    target_origin_id       = "o"
    viewer_protocol_policy = "%s"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    cache_policy_id        = "c"
    %s
  }
  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
  viewer_certificate {
    cloudfront_default_certificate = true
  }
}
"""
BALANCER = """
resource "aws_lb" "front" {
  name               = "front"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.front.id]
}
resource "aws_security_group" "front" {
  ingress {
    from_port   = 0
    to_port     = 65535
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_lb_target_group" "t" {
  target_type = "lambda"
}
"""
SIGNS_IN = """
resource "aws_lb_listener" "sealed" {
  load_balancer_arn = aws_lb.front.arn
  port              = 443
  protocol          = "HTTPS"
  default_action {
    type  = "authenticate-oidc"
    order = 1
    authenticate_oidc {
      authorization_endpoint = "https://login.acme.example/a"
      client_id              = "c"
      client_secret          = "s"
      issuer                 = "https://login.acme.example"
      token_endpoint         = "https://login.acme.example/t"
      user_info_endpoint     = "https://login.acme.example/u"
    }
  }
  default_action {
    type             = "forward"
    order            = 2
    target_group_arn = aws_lb_target_group.t.arn
  }
}
"""
REDIRECTS = """
resource "aws_lb_listener" "plain" {
  load_balancer_arn = aws_lb.front.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      status_code = "HTTP_301"
      protocol    = "HTTPS"
      port        = "443"
    }
  }
}
"""
FORWARDS = """
resource "aws_lb_listener" "plain" {
  load_balancer_arn = aws_lb.front.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
}
"""
URL = """
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::111122223333:role/f"
}
resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "%s"
}
"""
URL_HOST = 'trimsuffix(trimprefix(aws_lambda_function_url.f.function_url, "https://"), "/")'
CONTROL = """
resource "aws_cloudfront_origin_access_control" "o" {
  name                              = "o"
  origin_access_control_origin_type = "lambda"
  signing_behavior                  = "%s"
  signing_protocol                  = "sigv4"
}
"""
SIGNED = "origin_access_control_id = aws_cloudfront_origin_access_control.o.id"


def cdn(domain: str, policy: str, *, viewers: str = "redirect-to-https", more: str = "", edge: str = "") -> str:
    asked = f"""custom_origin_config {{
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "{policy}"
      origin_ssl_protocols   = ["TLSv1.2"]
    }}
    {more}"""
    return CDN % (domain, asked, viewers, edge)


def balanced(tmp_path: Path, policy: str, *listeners: str, viewers: str = "redirect-to-https") -> dict[str, object]:
    found = flows(
        folder(tmp_path, BALANCER + "".join(listeners) + cdn("aws_lb.front.dns_name", policy, viewers=viewers))
    )
    one = found.get(TO_FRONT)
    return {} if one is None else {"guards": one.guards, "encrypted": one.encrypted}


def test_a_listener_that_signs_users_in_does_so_behind_a_distribution(tmp_path: Path) -> None:
    found = balanced(tmp_path, "https-only", SIGNS_IN, REDIRECTS)
    assert found == {"guards": ("authentication",), "encrypted": True}


def test_a_listener_that_only_redirects_hands_no_request_on(tmp_path: Path) -> None:
    assert balanced(tmp_path, "http-only", SIGNS_IN, REDIRECTS) == {}
    main = BALANCER + SIGNS_IN + REDIRECTS + cdn("aws_lb.front.dns_name", "http-only")
    found = told(folder(tmp_path, main), "aws-public-entry")
    assert ("ext:internet", "sends_to", FRONT, "declared") in found, "viewers are sent there themselves"


def test_an_origin_over_http_meets_what_the_plain_listener_asks_alone(tmp_path: Path) -> None:
    assert balanced(tmp_path, "http-only", SIGNS_IN, FORWARDS) == {"guards": (), "encrypted": False}
    assert balanced(tmp_path, "https-only", SIGNS_IN, FORWARDS)["guards"] == ("authentication",)


@pytest.mark.parametrize(
    ("viewers", "plain", "expected"),
    [
        ("redirect-to-https", FORWARDS, {"guards": ("authentication",), "encrypted": True}),
        ("allow-all", FORWARDS, {"guards": (), "encrypted": False}),
        ("allow-all", REDIRECTS, {"guards": ("authentication",), "encrypted": True}),
    ],
)
def test_an_origin_asked_as_the_viewer_asks(
    viewers: str, plain: str, expected: dict[str, object], tmp_path: Path
) -> None:
    assert balanced(tmp_path, "match-viewer", SIGNS_IN, plain, viewers=viewers) == expected


def test_a_balancer_by_a_name_of_dns(tmp_path: Path) -> None:
    name = """
resource "aws_route53_record" "app" {
  zone_id = "Z1"
  name    = "app.acme.example"
  type    = "A"
  alias {
    name                   = aws_lb.front.dns_name
    zone_id                = aws_lb.front.zone_id
    evaluate_target_health = false
  }
}
"""
    found = flows(folder(tmp_path, BALANCER + SIGNS_IN + name + cdn('"app.acme.example"', "https-only")))
    assert found[TO_FRONT].guards == ("authentication",)


def test_a_port_on_which_nothing_listens_hands_no_request_on(tmp_path: Path) -> None:
    assert balanced(tmp_path, "http-only", SIGNS_IN) == {}


def test_a_balancer_without_listeners_is_asked_all_the_same(tmp_path: Path) -> None:
    assert balanced(tmp_path, "http-only") == {"guards": (), "encrypted": False}


def test_a_balancer_in_a_network_is_asked_as_its_origin_says(tmp_path: Path) -> None:
    behind = """
resource "aws_cloudfront_vpc_origin" "o" {
  vpc_origin_endpoint_config {
    name                   = "o"
    arn                    = aws_lb.front.arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "%s"
    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }
}
"""
    inside = "vpc_origin_config {\n vpc_origin_id = aws_cloudfront_vpc_origin.o.id\n }"
    site = CDN % ("aws_lb.front.dns_name", inside, "https-only", "")
    main = BALANCER + SIGNS_IN + FORWARDS + site
    plain = flows(folder(tmp_path / "plain", main + behind % "http-only"))[TO_FRONT]
    sealed = flows(folder(tmp_path / "sealed", main + behind % "https-only"))[TO_FRONT]
    assert (plain.guards, plain.encrypted) == ((), False)
    assert (sealed.guards, sealed.encrypted) == (("authentication",), True)


@pytest.mark.parametrize(
    ("kind", "control", "more", "expected"),
    [
        ("NONE", "", "", ()),
        ("AWS_IAM", "", "", ("authentication",)),  # viewers sign themselves
        ("AWS_IAM", CONTROL % "always", SIGNED, ()),  # the distribution signs for everybody
        ("AWS_IAM", CONTROL % "no-override", SIGNED, ()),
        ("AWS_IAM", CONTROL % "never", SIGNED, ("authentication",)),
    ],
)
def test_who_signs_for_a_function_url(
    kind: str, control: str, more: str, expected: tuple[str, ...], tmp_path: Path
) -> None:
    found = flows(folder(tmp_path, URL % kind + control + cdn(URL_HOST, "https-only", more=more)))
    assert found[f"{SITE} -> {FUNCTION} (sends_to)"].guards == expected


def test_who_signs_for_a_function_url_may_stand_open(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:111122223333:function:e:1"
    edge = f'lambda_function_association {{\n event_type = "origin-request"\n lambda_arn = "{arn}"\n }}'
    elsewhere = 'origin_access_control_id = "E1234567890ABC"'
    one = flows(folder(tmp_path / "a", URL % "AWS_IAM" + cdn(URL_HOST, "https-only", edge=edge)))
    other = flows(folder(tmp_path / "b", URL % "AWS_IAM" + cdn(URL_HOST, "https-only", more=elsewhere)))
    assert "at the edge" in reason(one[f"{SITE} -> {FUNCTION} (sends_to)"].guards)
    assert "was not seen" in reason(other[f"{SITE} -> {FUNCTION} (sends_to)"].guards)


GATEWAY = """
resource "aws_apigatewayv2_api" "web" {
  name          = "web"
  protocol_type = "HTTP"
}
resource "aws_apigatewayv2_route" "ask" {
  api_id             = aws_apigatewayv2_api.web.id
  route_key          = "POST /ask"
  authorization_type = "AWS_IAM"
}
resource "aws_apigatewayv2_stage" "web" {
  api_id = aws_apigatewayv2_api.web.id
  name   = "$default"
  default_route_settings {
    throttling_rate_limit  = 10
    throttling_burst_limit = 20
  }
}
"""
API = "aws_apigatewayv2_api.web"
API_HOST = 'replace(aws_apigatewayv2_api.web.api_endpoint, "https://", "")'


def test_an_api_asks_whoever_comes_by_a_distribution(tmp_path: Path) -> None:
    found = flows(folder(tmp_path, GATEWAY + cdn(API_HOST, "https-only")))
    assert found[f"{SITE} -> {API} (sends_to)"].guards == ("authentication", "rate_limit")


def test_a_distribution_that_proves_who_it_is_lets_anybody_in(tmp_path: Path) -> None:
    header = 'custom_header {\n name = "Authorization"\n value = "x"\n }'
    found = flows(folder(tmp_path, GATEWAY + cdn(API_HOST, "https-only", more=header)))
    assert found[f"{SITE} -> {API} (sends_to)"].guards == ("rate_limit",)


def test_code_that_calls_an_api_may_prove_only_who_it_is_itself(tmp_path: Path) -> None:
    code = """
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::111122223333:role/f"
  environment {
    variables = { API = aws_apigatewayv2_api.web.api_endpoint }
  }
}
"""
    one = flows(folder(tmp_path, GATEWAY + code))[f"{FUNCTION} -> {API} (sends_to)"]
    assert reason(one.guards) == f"whether {FUNCTION} proves who called it, or only who it is itself, is not told"


RULE = """
resource "aws_lb_target_group" "open" {
  target_type = "lambda"
}
resource "aws_lambda_function" "f" {
  for_each      = toset(["chat", "health"])
  function_name = each.key
  role          = "arn:aws:iam::111122223333:role/f"
}
resource "aws_lb_target_group_attachment" "chat" {
  target_group_arn = aws_lb_target_group.t.arn
  target_id        = aws_lambda_function.f["chat"].arn
}
resource "aws_lb_target_group_attachment" "health" {
  target_group_arn = aws_lb_target_group.open.arn
  target_id        = aws_lambda_function.f["health"].arn
}
resource "aws_lb_listener_rule" "health" {
  listener_arn = aws_lb_listener.sealed.arn
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.%s.arn
  }
  condition {
    path_pattern {
      values = ["/health"]
    }
  }
}
"""


@pytest.mark.parametrize(("group", "chat"), [("open", ("authentication",)), ("t", ())])
def test_a_rule_that_lets_anybody_in_opens_what_it_leads_to_alone(
    group: str, chat: tuple[str, ...], tmp_path: Path
) -> None:
    found = flows(folder(tmp_path, BALANCER + SIGNS_IN + RULE % group))
    assert found[f"ext:internet -> {FRONT} (sends_to)"].guards == ()
    assert found[f'{FRONT} -> aws_lambda_function.f["chat"] (sends_to)'].guards == chat
    health = found.get(f'{FRONT} -> aws_lambda_function.f["health"] (sends_to)')
    assert health is None if group == "t" else health is not None and health.guards == ()


def test_a_listener_that_always_signs_in_stands_where_the_balancer_is_entered(tmp_path: Path) -> None:
    found = flows(folder(tmp_path, BALANCER + SIGNS_IN + RULE.partition('resource "aws_lb_listener_rule"')[0]))
    assert found[f"ext:internet -> {FRONT} (sends_to)"].guards == ("authentication",)
    assert found[f'{FRONT} -> aws_lambda_function.f["chat"] (sends_to)'].guards == ()


UNKNOWN = "${aws_s3_object.o.version_id}"


def test_how_an_origin_is_asked_may_be_known_only_after_apply(tmp_path: Path) -> None:
    by_policy = balanced(tmp_path / "policy", UNKNOWN, SIGNS_IN, FORWARDS)
    by_viewer = balanced(tmp_path / "viewer", "match-viewer", SIGNS_IN, FORWARDS, viewers=UNKNOWN)
    by_port = balanced(tmp_path / "port", "https-only", SIGNS_IN.replace("443", f'"{UNKNOWN}"'))
    assert isinstance(by_policy["encrypted"], Unknown)
    assert isinstance(by_viewer["encrypted"], Unknown)
    assert "which listener" in reason(by_port["guards"])
    assert by_port["encrypted"] is True


def test_a_machine_in_a_network_behind_a_distribution(tmp_path: Path) -> None:
    main = """
resource "aws_instance" "m" {
  ami = "ami-0123456789abcdef0"
}
resource "aws_cloudfront_vpc_origin" "o" {
  vpc_origin_endpoint_config {
    name                   = "o"
    arn                    = aws_instance.m.arn
    http_port              = 8080
    https_port             = 443
    origin_protocol_policy = "http-only"
  }
}
"""
    inside = "vpc_origin_config {\n vpc_origin_id = aws_cloudfront_vpc_origin.o.id\n }"
    found = flows(folder(tmp_path, main + CDN % ("aws_instance.m.private_dns", inside, "https-only", "")))
    assert found[f"{SITE} -> aws_instance.m (sends_to)"].encrypted is False


def test_a_function_url_of_which_it_is_not_known_whether_it_asks(tmp_path: Path) -> None:
    found = flows(folder(tmp_path, URL % UNKNOWN + cdn(URL_HOST, "https-only")))
    assert isinstance(found[f"{SITE} -> {FUNCTION} (sends_to)"].guards, Unknown)
