#!/usr/bin/env python3
"""Writes IAM tokens as botocore makes them, for the test that compares pgum's with them byte for byte.

    pip install botocore==1.44.5
    python generate.py > tokens.json                # what is in the repository
    PGUM_IAM_TOKENS=more.json                       # other inputs, for the same test:
    python generate.py --seed 2 --count 20000 > "$PGUM_IAM_TOKENS"

The keys in it are made up.
"""

import argparse
import datetime
import json
import random
import string
import sys

import botocore
import botocore.auth
import botocore.session

WRITTEN_WITH = "1.44.5"

REGIONS = [
    ("us-east-1", "{id}.us-east-1.rds.amazonaws.com"),
    ("eu-west-1", "{id}.eu-west-1.rds.amazonaws.com"),
    ("ap-southeast-2", "{id}.ap-southeast-2.rds.amazonaws.com"),
    ("us-gov-west-1", "{id}.rds.us-gov-west-1.amazonaws.com"),
    ("cn-north-1", "{id}.rds.cn-north-1.amazonaws.com.cn"),
    ("cn-northwest-1", "{id}.cn-northwest-1.rds.amazonaws.com.cn"),
    ("us-iso-east-1", "{id}.rds.us-iso-east-1.c2s.ic.gov"),
    ("us-isob-east-1", "{id}.rds.us-isob-east-1.sc2s.sgov.gov"),
    ("eu-isoe-west-1", "{id}.rds.eu-isoe-west-1.cloud.adc-e.uk"),
    ("us-isof-south-1", "{id}.rds.us-isof-south-1.csp.hci.ic.gov"),
    ("eusc-de-east-1", "{id}.eusc-de-east-1.rds.amazonaws.eu"),
]
OTHER_HOSTS = ["db", "localhost", "10.1.2.3", "db.example.com", "my_db.internal", "[::1]", "[fd00:ec2::254]", "DB.Example.COM"]
IDS = ["", "cluster-", "cluster-ro-", "cluster-custom-", "proxy-", "shardgrp-"]
ODD = "@+/ =&?#%:;,.~-_!$'()*[]{}<>|\\^`\"äöüßéñçøłжЯ中文字かな한글😀é\u00a0\u200b\t"


def text(rng, letters, least, most):
    return "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))


def username(rng):
    plain = string.ascii_letters + string.digits + "_"
    kind = rng.random()
    if kind < 0.3:
        return text(rng, plain, 1, 20)
    if kind < 0.5:
        return text(rng, plain, 1, 10) + "@" + text(rng, plain, 1, 10) + ".example.com"
    if kind < 0.6:
        return rng.choice(["a+b", "a/b", "a b", "%41", "a%2Fb", "100%", "a&DBUser=b", "a=b", "a?b#c", "~", "..", " ", "+", "ü"])
    made = text(rng, plain + ODD * 2, 1, 24)
    while len(made.encode()) > 63:
        made = made[:-1]
    return made


def host(rng):
    region, form = rng.choice(REGIONS)
    if rng.random() < 0.25:
        return region, rng.choice(OTHER_HOSTS)
    name = text(rng, string.ascii_lowercase + string.digits + "-", 0, 12)
    made = form.format(id=f"d{name}.{rng.choice(IDS)}{text(rng, string.ascii_lowercase + string.digits, 6, 12)}")
    if rng.random() < 0.15:
        made = "".join(letter.upper() if rng.random() < 0.5 else letter for letter in made)
    return region, made


def case(rng, session):
    region, name = host(rng)
    port = rng.choice([5432, 5432, 3306, 5433, 443, 80, 1, 65535, rng.randint(1, 65535)])
    user = username(rng)
    base64 = string.ascii_letters + string.digits + "+/"
    access_key = rng.choice(["AKEX", "ASEX"]) + text(rng, string.ascii_uppercase + string.digits, 16, 16)
    secret_key = text(rng, base64, 40, 40)
    token = text(rng, base64, 40, 200) + rng.choice(["", "=", "=="]) if rng.random() < 0.5 else None
    # From 1990 to 2100, leap days and the turns of years among them.
    moment = datetime.datetime(1990, 1, 1) + datetime.timedelta(seconds=rng.randint(0, 110 * 366 * 86400))
    if rng.random() < 0.1:
        moment = rng.choice([datetime.datetime(2024, 2, 29, 23, 59, 59), datetime.datetime(2027, 1, 1), datetime.datetime(2000, 2, 29)])
    session.set_credentials(access_key, secret_key, token)
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: moment
    client = session.create_client("rds", region_name=region)
    return {
        "host": name,
        "port": port,
        "username": user,
        "region": region,
        "access_key": access_key,
        "secret_key": secret_key,
        "token": token,
        "time": int(moment.replace(tzinfo=datetime.timezone.utc).timestamp()),
        "expected": client.generate_db_auth_token(name, port, user, Region=region),
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=300)
    asked = arguments.parse_args()
    if botocore.__version__ != WRITTEN_WITH:
        print(f"botocore is {botocore.__version__}, not {WRITTEN_WITH}", file=sys.stderr)
    rng = random.Random(asked.seed)
    session = botocore.session.Session()
    create, clients = session.create_client, {}

    def create_once(service, region_name):
        # A client takes long to make; its credentials are replaced instead.
        if region_name not in clients:
            clients[region_name] = create(service, region_name=region_name)
        client = clients[region_name]
        client._request_signer._credentials = session.get_credentials()
        return client

    session.create_client = create_once
    cases = [case(rng, session) for _ in range(asked.count)]
    json.dump({"botocore": botocore.__version__, "tokens": cases}, sys.stdout, indent=0, ensure_ascii=False)
    print()


main()
