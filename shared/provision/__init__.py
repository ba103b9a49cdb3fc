"""The one step that makes broker and database fit the contracts: it adds, and never loses."""
