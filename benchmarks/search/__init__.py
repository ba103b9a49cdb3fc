"""How well and how fast search answers, measured with its own index, embedder and fusion."""
