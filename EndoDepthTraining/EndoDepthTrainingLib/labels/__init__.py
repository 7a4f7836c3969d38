"""Labels that people make and review: Segment Editor's files, folders of them, proposals and what was kept of these."""
