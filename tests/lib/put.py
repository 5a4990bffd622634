# Files that examples name.
def put(name, *pieces, size=0):
    """A file that has the bytes of each (offset, bytes), zeros between them, and at least `size`."""
    with open(name, "wb") as file:
        for offset, data in pieces:
            file.seek(offset)
            file.write(data)
        file.truncate(max(size, file.tell()))
