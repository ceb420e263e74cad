#!/usr/bin/env python3
"""Every dependency's licence must allow our use: at least one alternative of its expression is in ALLOWED."""
import json, re, subprocess, sys

ALLOWED = {
    "Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "Unicode-3.0", "0BSD", "CC0-1.0",
    "MIT-0", "Unlicense", "OpenSSL", "BSL-1.0", "blessing", "Apache-2.0 WITH LLVM-exception",
    # Of data: authorities' certificates, in a crate that is not compiled for Linux.
    "CDLA-Permissive-2.0",
}

def allowed(expression):
    """`A OR B` needs one, `A AND B` both; `/` is an old way to write OR. Parentheses nest one deep at most."""
    expression = expression.replace("/", " OR ").strip()
    while True:
        inner = re.search(r"\(([^()]*)\)", expression)
        if not inner:
            break
        word = "MIT" if allowed(inner.group(1)) else "refused"
        expression = expression[:inner.start()] + word + expression[inner.end():]
    return any(all(part.strip() in ALLOWED for part in way.split(" AND ")) for way in expression.split(" OR "))

metadata = json.loads(subprocess.run(
    ["cargo", "metadata", "--format-version", "1", "--locked"], check=True, capture_output=True).stdout)
wrong = [(p["name"], p["license"]) for p in metadata["packages"] if not allowed(p["license"] or "none stated")]
for name, licence in wrong:
    print(f"{name}: {licence}")
if not wrong:
    print(f"{len(metadata['packages'])} packages, all under allowed licences")
sys.exit(bool(wrong))
