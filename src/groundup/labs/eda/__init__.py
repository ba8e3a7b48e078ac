"""Looking at data before anything is trained: what is in them, what is there twice, what is odd.

found = look(read("mnist"), Place(Path("figures")))     # sections: sentences, tables, figures, numbers
write("flowers/", Path("eda-flowers"))                  # the page of a folder of one's own
"""

from groundup.labs.eda.look import Look, look, read, size
from groundup.labs.eda.section import Place, Section
from groundup.labs.eda.written import about, markdown, summary, write

__all__ = ["Look", "Place", "Section", "about", "look", "markdown", "read", "size", "summary", "write"]
