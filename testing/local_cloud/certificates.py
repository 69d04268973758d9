"""A private certificate authority for one run of the cloud."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """PEM files of one run.

    Attributes:
        authority: The authority alone; Node.js adds it to its own roots.
        bundle: The system's roots and the authority, for programs that accept a single file.
        chain: The server's certificate chain.
        private_key: The server's key.
    """

    authority: Path
    bundle: Path
    chain: Path
    private_key: Path


def issue(folder: Path) -> Certificates:
    """Create an authority and a certificate for this machine, and write them to a folder."""
    authority = trustme.CA(organization_name="local_cloud on this machine")
    server = authority.issue_cert("localhost", "127.0.0.1")
    files = Certificates(*(folder / name for name in ("ca.pem", "bundle.pem", "server.pem", "server.key")))
    authority.cert_pem.write_to_path(files.authority)
    server.private_key_pem.write_to_path(files.private_key)
    files.private_key.chmod(0o600)
    files.chain.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    files.bundle.write_bytes(_system_roots() + b"\n" + authority.cert_pem.bytes())
    return files


def _system_roots() -> bytes:
    path = ssl.get_default_verify_paths().openssl_cafile
    return Path(path).read_bytes() if path and Path(path).is_file() else b""
