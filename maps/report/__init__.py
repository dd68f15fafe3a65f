"""The report: content once (`sections`), forms many (`html`, `word`, `slides`)."""
