"""Wheels, as a build backend makes them, for pip to install without a network."""

import base64
import hashlib
import zipfile


def wheel(folder, name, version, files):
    """`files`: path -> text, of what is installed."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    note = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{note}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{note}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for file, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
        record += f"{file},sha256={digest},{len(content)}\n"
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in {**files, f"{note}/RECORD": f"{record}{note}/RECORD,,\n"}.items():
            archive.writestr(file, content)
