"""What bytes are by their structure, whatever their name says: one file a family of formats."""

from services.storage.content.kinds import certain_type, true_type
from services.storage.content.reading import EICAR, HEAD, TAIL, Guess, Reading

__all__ = ["EICAR", "HEAD", "TAIL", "Guess", "Reading", "certain_type", "true_type"]
