"""Where the vault is a bucket, sealed files lie there, are read from there, and go."""

import subprocess
import sys

import boto3
from django.conf import settings
from moto.server import ThreadedMotoServer

VAULT = """
import django
django.setup()
from cases.sealed import vault
vault.write("a/1", bytes(6_000_000))
vault.write("a/1", b"again")
print(vault.storage().exists("a/1"), vault.read("a/1"))
vault.delete("a/1")
print(vault.storage().exists("a/1"))

from cases.sealed.sealing import SealedWriter
import hashlib, pyrage, resource, threading
identity = pyrage.x25519.Identity.generate()
writer = SealedWriter(identity.to_public(), vault.storage(), "a/2")
for number in range(200):
    writer.write(bytes([number]) * 100_000)
writer.close()
before = hashlib.sha256(b"".join(bytes([number]) * 100_000 for number in range(200))).hexdigest()
print(writer.sha256 == before, vault.storage().size("a/2") > 20_000_000)
parts = list(vault._unsealed(identity, vault.storage().open("a/2", "rb")))
print(hashlib.sha256(b"".join(parts)).hexdigest() == before)
writer = SealedWriter(identity.to_public(), vault.storage(), "a/3")
writer.write(bytes(20_000_000))
writer.abandon()
print(vault.storage().exists("a/3"), threading.active_count())
"""


def test_the_vault_may_be_an_object_store(production_env, tmp_path):
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    store.start()
    host, port = store.get_host_and_port()
    login = {"aws_access_key_id": "desk", "aws_secret_access_key": "secret"}
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", **login).create_bucket(
        Bucket="desk"
    )
    credentials = tmp_path / "credentials"
    credentials.write_text("[default]\n" + "".join(f"{name} = {value}\n" for name, value in login.items()))
    env = production_env | {
        "DJANGO_SETTINGS_MODULE": "dsar.settings",
        "DSAR_VAULT": "s3://desk/vault",
        "DSAR_S3_ENDPOINT": f"http://{host}:{port}",
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
    }
    done = subprocess.run(
        [sys.executable, "-c", VAULT],
        env=env,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    store.stop()
    assert done.stdout.split("\n") == ["True b'again'", "False", "True True", "True", "False 1", ""], (
        done.stderr
    )
