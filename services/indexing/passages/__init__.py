"""The craft of cutting a text into passages: sections, sentences, and packing them to size."""
