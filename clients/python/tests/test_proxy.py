"""A node behind the proxy that the manual describes, with nginx itself."""

from __future__ import annotations

import datetime
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import mithaq
from nodes import DOCS, Node, Pair, note

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
# As the manual's page has them.
NAME, PORT, NODE = "mithaq.agency.example", "443", "127.0.0.1:8080"

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def certificate(folder: pathlib.Path, name: str) -> tuple[pathlib.Path, pathlib.Path]:
    """A certificate for a name, signed by its own key, and the key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private


def configuration(node: Node, folder: pathlib.Path, certificate: pathlib.Path, key: pathlib.Path) -> str:
    """The manual's own block, with this machine's names in place of the made-up ones."""
    page = (DOCS / "operate/reverse-proxy.md").read_text()
    found = re.search(r"```nginx\n(.*?)```", page, re.DOTALL)
    assert found, "the page has a block for nginx"
    origin = httpx.URL(node.origin)
    block = found[1]
    for stands, here in [
        (f"listen {PORT} ", f"listen {node.port.split(':')[0]}:{origin.port} "),
        (f"/etc/ssl/private/{NAME}.key", str(key)),
        (f"/etc/ssl/{NAME}.pem", str(certificate)),
        (f"server_name {NAME}", f"server_name {origin.host}"),
        (NODE, node.port),
    ]:
        assert stands in block, stands
        block = block.replace(stands, here)
    # Where it keeps what it must keep somewhere; none of it says how requests are handed on.
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    return f"{user}daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{paths}{block}}}\n"


@pytest.fixture
def proxied(pair: Pair, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[mithaq.Client]:
    """An officer at the second node, through the proxy and by its name."""
    node = pair.b
    origin = httpx.URL(node.origin)
    made, key = certificate(tmp_path, origin.host)
    (tmp_path / "nginx.conf").write_text(configuration(node, tmp_path, made, key))
    # No name server knows the made-up name.
    resolve = socket.getaddrinfo

    def here(host: Any, *how: Any, **more: Any) -> Any:
        return resolve(node.port.split(":")[0] if host == origin.host else host, *how, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    assert NGINX is not None
    command = [NGINX, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as nginx:
        try:
            token = mithaq.read_token(pair.home / f"{node.name}.token")
            with mithaq.Client(node.origin, token, ca=made) as client:
                until = time.monotonic() + 20
                while True:
                    try:
                        client.health()
                        break
                    except mithaq.NotReached:
                        assert nginx.poll() is None, nginx.stderr and nginx.stderr.read().decode()
                        assert time.monotonic() < until, "nginx does not answer"
                        time.sleep(0.05)
                yield client
        finally:
            nginx.terminate()


def test_a_colleague_works_through_the_proxy_by_its_name(
    pair: Pair, a: mithaq.Client, proxied: mithaq.Client, tmp_path: pathlib.Path
) -> None:
    # Events come at once, not when a buffer is full.
    with proxied.follow(after="0") as follow:
        sent = a.send("correspondence.note/1", note("Through a proxy"), clause="open", wait="delivered")
        assert any(isinstance(event, mithaq.RecordArrived) and event.ref == sent.ref for event in follow)
    back = proxied.send("correspondence.note/1", note("Back through it"), clause="open", wait="delivered")
    assert back.ref is not None
    # A file larger than what a proxy buffers by itself.
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(3 << 20))
    assert proxied.attach(large)["size"] == 3 << 20


def test_the_node_lets_no_other_name_and_no_foreign_page_in(pair: Pair, proxied: mithaq.Client) -> None:
    del proxied  # its proxy runs
    origin = httpx.URL(pair.b.origin)
    health = f"{pair.b.url}/v1/health"

    def status(**headers: str) -> int:
        return httpx.get(health, headers=headers, trust_env=False).status_code

    assert status() == 200
    assert status(host=f"{origin.host}:{origin.port}") == 200
    assert status(host="evil.example") == 403
    assert status(host=origin.host) == 403, "another port is another origin"
    assert status(host=f"{origin.host}:{origin.port}", origin="https://evil.example") == 403
    assert status(host=f"{origin.host}:{origin.port}", origin=str(origin)) == 200
