"""S3 Vectors: vector buckets and their indexes, in which documents of knowledge bases are found again."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "s3vectors"
everywhere = True
types = ("aws_s3vectors_vector_bucket", "aws_s3vectors_index")
_BUCKET, _INDEX = types

BUCKETS = call("s3vectors", "ListVectorBuckets", items="vectorBuckets")
INDEXES = call("s3vectors", "ListIndexes", items="indexes", absent=("NotFoundException",))


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every vector bucket with its indexes."""
    buckets = reader.every(BUCKETS)
    yield from buckets.unread(types)
    arns = [one["vectorBucketArn"] for one in buckets.items]
    for one in buckets.items:
        arn, called = one["vectorBucketArn"], one["vectorBucketName"]
        yield Item(_BUCKET, arn, {"arn": arn, "vector_bucket_arn": arn, "vector_bucket_name": called})
    for listed in reader.each(arns, lambda arn: reader.every(INDEXES, vectorBucketArn=arn)):
        yield from listed.unread((_INDEX,))
        for one in listed.items:
            arn = one["indexArn"]
            values = {"index_name": one["indexName"], "vector_bucket_name": one["vectorBucketName"]}
            yield Item(_INDEX, arn, {"arn": arn, "index_arn": arn, **values})
