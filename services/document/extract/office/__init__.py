"""Office files: `package` unpacks them, and DOCX, PPTX and XLSX are read as what they say."""
