"""Form files: reads YAML or JSON text into field values, each with its place; needs neither aws_cdk nor constructs."""
