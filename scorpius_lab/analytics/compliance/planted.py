"""Content that canaries are planted with."""

from __future__ import annotations

# Made once for this purpose, self-signed, valid through 2019; its private key was thrown away.
EXPIRED_CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBMTCB16ADAgECAgEBMAoGCCqGSM49BAMCMCIxIDAeBgNVBAMMF1BsYW50ZWQg
Y2FuYXJ5LCBleHBpcmVkMB4XDTE5MDEwMTAwMDAwMFoXDTIwMDEwMTAwMDAwMFow
IjEgMB4GA1UEAwwXUGxhbnRlZCBjYW5hcnksIGV4cGlyZWQwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATNCiwhk7mfEFpym2GNNgNTU5qQw7pTruslhL83Ny8aDLAN
3iNaFYBs4HJymMVTxjKvEb347exQUtP3xZlh8rqiMAoGCCqGSM49BAMCA0kAMEYC
IQCg8lAKhGk4hFu8qHnKOJMQyrvwSTXVREGbcNt4FiekhgIhAMcx+0/kLlBvcCfL
errJ7HAyRED4xiZ0nH0fNWAq2thj
-----END CERTIFICATE-----
"""
