"""Pictures of a report as inline SVG or HTML fragments; one file per picture."""
