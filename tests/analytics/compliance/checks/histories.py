"""What git prints, for fixtures."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def key_lines() -> list[str]:
    """A private key made for this run, so that no file of ours holds one."""
    key = ed25519.Ed25519PrivateKey.generate()
    made = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return made.decode().splitlines()


def commit(digit: str, *, author: str = "ann@firm.example", signed: bool = False) -> str:
    signature = "gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n" if signed else ""
    return (
        f"commit {digit * 40}\ntree {'0' * 40}\nauthor Ann <{author}> 1700000000 +0100\n"
        f"committer Ann <{author}> 1700000000 +0100\n{signature}\n    A message\n\n"
    )


def patch(path: str, *lines: str) -> str:
    added = "".join(f"+{line}\n" for line in lines)
    return f"commit {'c' * 40}\n\ndiff --git a/{path} b/{path}\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{len(lines)} @@\n{added}"
