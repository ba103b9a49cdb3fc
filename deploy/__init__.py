"""How the mesh is set up and run: servers, model, provisioning, pictures for operators."""
