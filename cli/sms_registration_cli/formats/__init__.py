"""How `check` writes what it found. A format is a module with a function `render(checked) -> str`, and a row here."""

FORMATS = {"text": "text", "json": "as_json", "github": "github", "sarif": "sarif"}
