"""The boards, one file each: which figures, in which order, drawn how."""
