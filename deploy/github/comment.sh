#!/bin/sh
# Says on a pull request what its plan changes: in a comment of its own, which every later run writes anew.
#
#   trustscan plan plan.json --output delta=delta.md
#   deploy/github/comment.sh delta.md OWNER/REPOSITORY NUMBER
#
# Needs gh, GitHub's command line, and in GH_TOKEN a token that may write comments (`pull-requests: write`).
# TRUSTSCAN_AUTHOR is whose comments are written anew, unless it is the token of a workflow.
set -eu

mark='<!-- trustscan: what this plan changes -->'
author=${TRUSTSCAN_AUTHOR:-github-actions[bot]}
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{ printf '%s\n' "$mark"; cat -- "$1"; } >"$body"

# Only a comment of our own: anybody may write one that begins with the mark.
own=".[] | select(.user.login == \"$author\" and (.body | startswith(\"$mark\"))) | .id"
known=$(gh api --paginate "repos/$2/issues/$3/comments" --jq "$own")
known=$(printf '%s\n' "$known" | head -n 1)

if [ -n "$known" ]; then
  gh api --silent --method PATCH "repos/$2/issues/comments/$known" --field "body=@$body"
else
  gh api --silent --method POST "repos/$2/issues/$3/comments" --field "body=@$body"
fi
