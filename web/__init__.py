"""Pages and the HTTP interface: the only package that knows Gradio and FastAPI."""
