"""Who allowed what, and who said no: purposes, consents with proof, suppression."""
